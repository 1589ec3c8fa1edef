#include "block/device.h"

#include "base/check.h"
#include "core/clock.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace outrigger::block {
namespace {

// What metering keeps in its frame.
enum Scratch : size_t { StartTicks, ByteCount, ClassIndex };

bool is_within(uint64_t lba, uint64_t count, uint64_t block_count) noexcept {
  return count <= block_count && lba <= block_count - count;
}

uint64_t bytes_of(const Request& request, uint32_t block_size) noexcept {
  return request.op == Op::Flush || request.op == Op::Reset ? 0 : request.block_count * block_size;
}

}  // namespace

Channel::Channel(Device& device) : device_(device), counters_(device.add_channel()) {}

Channel::~Channel() {
  check(in_flight_count_ == 0, "a channel is closed after its requests are done");
  device_.remove_channel(counters_);
}

void Channel::submit(Request& request) noexcept {
  if (const Status status = admit(request); status != Status::Ok) [[unlikely]] {
    request.complete(status);
    return;
  }
  Frame& frame = request.push(&Channel::metered_done, this);
  frame.scratch[StartTicks] = core::recent_ticks != 0 ? core::recent_ticks : core::ticks();
  frame.scratch[ByteCount] = bytes_of(request, device_.fixed_geometry().block_size);
  frame.scratch[ClassIndex] = static_cast<uint64_t>(class_of(request.op));
  ++in_flight_count_;
  do_submit(request);
}

void Channel::metered_done(Request& request) noexcept {
  const Frame& frame = request.popped();
  auto& channel = *static_cast<Channel*>(frame.owner);
  const uint64_t now = core::recent_ticks = core::ticks();
  const uint64_t start = frame.scratch[StartTicks];
  const uint64_t duration_ns = core::ticks_to_ns(now > start ? now - start : 0);
  channel.counters_.by_class[frame.scratch[ClassIndex]].add(frame.scratch[ByteCount], duration_ns,
                                                            request.status != Status::Ok);
  --channel.in_flight_count_;
  request.complete(request.status);
}

std::span<const std::byte> Channel::borrow(uint64_t lba, uint64_t block_count) noexcept {
  if (block_count == 0 || !is_within(lba, block_count, device_.block_count())) {
    return {};
  }
  const std::span<const std::byte> data = do_borrow(lba, block_count);
  if (!data.empty()) {
    counters_.by_class[static_cast<size_t>(OpClass::Read)].add(data.size(), 0, false);
  }
  return data;
}

Status Channel::admit(const Request& request) const noexcept {
  const Geometry& geometry = device_.fixed_geometry();
  switch (request.op) {
    case Op::Read:
    case Op::Write:
      if (request.op == Op::Write && !geometry.is_writable) {
        return Status::ReadOnly;
      }
      if (!is_within(request.lba, request.block_count, device_.block_count())) {
        return Status::OutOfRange;
      }
      return admit_data(request, 1);
    case Op::Flush:
    case Op::Reset: return Status::Ok;
    case Op::Discard: {
      const uint64_t count_max = geometry.discard_blocks_max;
      if (count_max != 0 && request.block_count > count_max) {
        return Status::Invalid;
      }
      return admit_change(request, geometry.can_discard);
    }
    case Op::WriteZeroes: return admit_change(request, geometry.can_write_zeroes);
    case Op::CompareAndWrite: {
      const Status status = admit_change(request, geometry.can_compare_and_write);
      return status != Status::Ok ? status : admit_data(request, 2);
    }
    case Op::Copy:
      if (!is_within(request.source_lba, request.block_count, device_.block_count())) {
        return geometry.can_copy ? Status::OutOfRange : Status::Unsupported;
      }
      return admit_change(request, geometry.can_copy);
  }
  return Status::Unsupported;  // a number that is no operation
}

Status Channel::admit_change(const Request& request, bool is_supported) const noexcept {
  if (!is_supported) {
    return Status::Unsupported;
  }
  if (!device_.fixed_geometry().is_writable) {
    return Status::ReadOnly;
  }
  if (!is_within(request.lba, request.block_count, device_.block_count())) {
    return Status::OutOfRange;
  }
  return request.block_count != 0 ? Status::Ok : Status::Invalid;
}

// The data are `copies` times the blocks, however they are cut. Called after the bounds, so that nothing overflows.
Status Channel::admit_data(const Request& request, uint64_t copies) const noexcept {
  const Geometry& geometry = device_.fixed_geometry();
  const uint64_t bytes = request.block_count * geometry.block_size;
  if (bytes == 0 || (geometry.transfer_bytes_max != 0 && bytes > geometry.transfer_bytes_max)) {
    return Status::Invalid;
  }
  uint64_t sum = 0;
  for (uint32_t i = 0; i < request.iov_count; ++i) {
    sum += request.iov[i].iov_len;
  }
  return sum == bytes * copies ? Status::Ok : Status::Invalid;
}

Device::Device(std::string name, Geometry geometry)
    : name_(std::move(name)), geometry_(geometry), block_count_(geometry.block_count) {
  check(std::has_single_bit(geometry.block_size) && geometry.block_size >= 512 && geometry.block_size <= 65536,
        "a block is a power of two from 512 to 65536 bytes");
  check(geometry.block_count <= INT64_MAX / geometry.block_size, "a device's bytes are counted in 63 bits");
}

Device::~Device() {
  check(counters_.empty(), "a device is destroyed after its channels");
  check(observers_.empty(), "a device is destroyed after its observers left");
}

Geometry Device::geometry() const noexcept {
  Geometry geometry = geometry_;
  geometry.block_count = block_count();
  return geometry;
}

Counters& Device::add_channel() {
  const std::lock_guard lock(counters_mutex_);
  return *counters_.emplace_back(std::make_unique<Counters>());
}

void Device::remove_channel(const Counters& counters) {
  const std::lock_guard lock(counters_mutex_);
  retained_.add(counters);
  const auto at = std::ranges::find(counters_, &counters, &std::unique_ptr<Counters>::get);
  check(at != counters_.end(), "a channel is removed from the device it was added to");
  counters_.erase(at);
}

CounterSums Device::counter_sums() const {
  const std::lock_guard lock(counters_mutex_);
  CounterSums sums = retained_;
  for (const auto& counters : counters_) {
    sums.add(*counters);
  }
  return sums;
}

void Device::subscribe(DeviceObserver& observer) {
  check(std::ranges::find(observers_, &observer) == observers_.end(), "an observer subscribes once");
  observers_.push_back(&observer);
}

void Device::unsubscribe(DeviceObserver& observer) {
  const auto count = std::erase(observers_, &observer);
  check(count == 1, "an observer leaves the device it subscribed to");
}

void Device::set_block_count(uint64_t block_count) {
  check(block_count <= INT64_MAX / geometry_.block_size, "a device's bytes are counted in 63 bits");
  block_count_.store(block_count, std::memory_order_relaxed);
  // By copy: an observer may leave when it hears of it.
  for (DeviceObserver* const observer : std::vector(observers_)) {
    if (std::ranges::find(observers_, observer) != observers_.end()) {
      observer->device_resized(*this);
    }
  }
}

}  // namespace outrigger::block
