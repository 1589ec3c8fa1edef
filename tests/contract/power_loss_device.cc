#include "contract/power_loss_device.h"

#include "block/iov_cursor.h"

#include <algorithm>
#include <span>

namespace outrigger::contract {

namespace {

using block::Op;
using block::Request;
using block::Status;

block::Geometry geometry_of(uint32_t block_size, uint64_t block_count) {
  block::Geometry geometry;
  geometry.block_size = block_size;
  geometry.block_count = block_count;
  geometry.has_write_cache = true;
  geometry.can_write_zeroes = true;
  return geometry;
}

}  // namespace

class PowerLossChannel final : public block::Channel {
 public:
  explicit PowerLossChannel(PowerLossDevice& device) : Channel(device), device_(device) {}

 private:
  void do_submit(Request& request) noexcept override {
    const uint64_t block_size = device().fixed_geometry().block_size;
    const auto range = std::span(device_.cached_).subspan(request.lba * block_size, request.block_count * block_size);
    block::IovCursor cursor(request.iov);
    switch (request.op) {
      case Op::Read: cursor.scatter(range.data(), range.size()); break;
      case Op::Write: cursor.gather(range.data(), range.size()); break;
      case Op::WriteZeroes: std::ranges::fill(range, std::byte{0}); break;
      case Op::Flush: device_.durable_ = device_.cached_; break;
      default: request.complete(Status::Unsupported); return;
    }
    if (request.op != Op::Read && (request.flags & block::flag::Fua) != 0) {
      std::ranges::copy(range, device_.durable_.begin() + static_cast<ptrdiff_t>(request.lba * block_size));
    }
    request.complete(Status::Ok);
  }

  PowerLossDevice& device_;
};

PowerLossDevice::PowerLossDevice(uint32_t block_size, uint64_t block_count)
    : Device("power_loss", geometry_of(block_size, block_count)),
      cached_(block_size * block_count),
      durable_(block_size * block_count) {}

Result<std::unique_ptr<block::Channel>> PowerLossDevice::open_channel(core::Reactor&) {
  return std::make_unique<PowerLossChannel>(*this);
}

}  // namespace outrigger::contract
