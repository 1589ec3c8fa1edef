#include "block/null_device.h"

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

class NullChannel final : public Channel {
 public:
  using Channel::Channel;

 protected:
  void do_submit(Request& request) noexcept override { request.complete(Status::Ok); }
};

}  // namespace

NullDevice::NullDevice(std::string name, Geometry geometry) : Device(std::move(name), with_every_operation(geometry)) {}

Result<std::unique_ptr<Channel>> NullDevice::open_channel(core::Reactor&) {
  return std::make_unique<NullChannel>(*this);
}

}  // namespace outrigger::block
