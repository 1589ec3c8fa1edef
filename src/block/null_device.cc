#include "block/null_device.h"

#include <array>
#include <utility>

namespace outrigger::block {
namespace {

Geometry with_every_operation(Geometry geometry) noexcept {
  geometry.can_discard = true;
  geometry.can_write_zeroes = true;
  geometry.can_compare_and_write = true;
  geometry.can_copy = true;
  geometry.leaves_reads_untouched = true;
  return geometry;
}

// Costs address space only: it is never written.
const std::array<std::byte, 1U << 20> zeroes{};

class NullChannel final : public Channel {
 public:
  using Channel::Channel;

 protected:
  void do_submit(Request& request) noexcept override { request.complete(Status::Ok); }
  // Zeroes, as far as there are some.
  std::span<const std::byte> do_borrow(uint64_t, uint64_t block_count) noexcept override {
    const uint64_t block_size = device().fixed_geometry().block_size;
    return block_count <= zeroes.size() / block_size ? std::span(zeroes).first(block_count * block_size)
                                                     : std::span<const std::byte>();
  }
};

}  // namespace

NullDevice::NullDevice(std::string name, Geometry geometry) : Device(std::move(name), with_every_operation(geometry)) {}

Result<std::unique_ptr<Channel>> NullDevice::open_channel(core::Reactor&) {
  return std::make_unique<NullChannel>(*this);
}

}  // namespace outrigger::block
