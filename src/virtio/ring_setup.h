// RingSetup: where a ring lies and where to go on from; common to both formats.
#pragma once

#include "virtio/device.h"
#include "virtio/guest_memory.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrigger::virtio {

// Addresses as in QueueSetup.
struct RingParts {
  std::byte* descriptors = nullptr;
  std::byte* driver_area = nullptr;
  std::byte* device_area = nullptr;
};

struct RingSetup {
  uint16_t size = 0;
  uint64_t features = 0;  // negotiated
  RingParts parts;
  VringBase base;
  InflightArea inflight;
  MemoryVersion memory;
  UsedLog used_log;
};

}  // namespace outrigger::virtio
