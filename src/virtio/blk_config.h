// What a virtio-blk device tells its driver: feature bits and configuration space, from the block device behind it.
#pragma once

#include "block/device.h"
#include "virtio/blk_format.h"
#include "virtio/blk_request.h"

#include <cstdint>
#include <string>

namespace outrigger::virtio {

struct BlkOptions {
  uint16_t queue_count_max = 1;
  uint16_t queue_size_max = 1024;  // descriptors; memory is touched as far as requests are in flight
  std::string serial = {};        // GET_ID; empty: the block device's name. Cut to 20 bytes
  bool is_read_only = false;      // the block device may be read-only by itself
  bool offers_packed = true;
  size_t first_reactor = 0;  // which of the data reactors serves queue 0; queue i: (first + i) modulo their number
};

// §5.2.3 and §6: what is offered.
uint64_t blk_features(const block::Geometry& geometry, const BlkOptions& options) noexcept;

// §5.2.4, for a device that has `geometry` now.
BlkConfigSpace blk_config_space(const block::Geometry& geometry, const BlkOptions& options,
                                bool is_writeback) noexcept;

// What the queues judge requests by.
BlkLimits blk_limits(const block::Device& device, const BlkOptions& options);
// The same for a driver that negotiated `features`: what it did not ask for is not done for it (§5.2.6.2). A flush is;
// it harms nobody and old drivers are careless there.
BlkLimits negotiated_limits(BlkLimits limits, uint64_t features);

}  // namespace outrigger::virtio
