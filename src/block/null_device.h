// NullDevice: a volume of any size that keeps nothing: it completes every request at once. For measuring what stands
// in front of it, and for testing.
//
// A read does not touch the reader's buffers: they keep what they held, as with null devices elsewhere in the field.
// Nothing leaks by that where the bytes are the reader's own; who lends buffers to several readers looks at
// Geometry::leaves_reads_untouched.
#pragma once

#include "block/device.h"

#include <memory>
#include <string>

namespace outrigger::block {

class NullDevice final : public Device {
 public:
  // Block size and count from `geometry`; it supports every operation but says it is writable only as told.
  NullDevice(std::string name, Geometry geometry);

  Result<std::unique_ptr<Channel>> open_channel(core::Reactor& reactor) override;
  // Control thread. Any size, at once.
  void resize(uint64_t block_count) { set_block_count(block_count); }
};

}  // namespace outrigger::block
