#include "block/device.h"

#include "block/null_device.h"
#include "core/clock.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace outrigger::block {
namespace {

std::unique_ptr<core::Reactor> make_reactor(const core::Clock& clock) {
  auto made = core::Reactor::create({.name = "test", .uring_entries = 0}, clock);
  check(made.has_value(), "a reactor without io_uring can be made");
  return std::move(*made);
}

// A request, its data, and what became of it.
struct Trial {
  explicit Trial(Op op, uint64_t lba = 0, uint64_t count = 0) : data(count * 512 * 2) {
    request.op = op;
    request.lba = lba;
    request.block_count = count;
    iov = {{data.data(), op == Op::CompareAndWrite ? count * 1024 : count * 512}};
  }
  Status run(Channel& channel) {
    request.iov = iov.data();
    request.iov_count = static_cast<uint32_t>(iov.size());
    request.push([](Request& done) noexcept { ++static_cast<Trial*>(done.popped().owner)->done_count; }, this);
    channel.submit(request);
    EXPECT_EQ(done_count, 1);
    EXPECT_EQ(request.depth, 0U);
    return request.status;
  }
  Request request;
  std::vector<char> data;
  std::vector<iovec> iov;
  int done_count = 0;
};

// A device with nothing optional, to see what admission refuses by itself.
class PlainDevice : public Device {
 public:
  explicit PlainDevice(Geometry geometry) : Device("plain", geometry) {}
  Result<std::unique_ptr<Channel>> open_channel(core::Reactor&) override {
    struct PlainChannel : Channel {
      using Channel::Channel;
      void do_submit(Request& request) noexcept override {
        ++static_cast<PlainDevice&>(device()).arrived;
        request.complete(static_cast<PlainDevice&>(device()).outcome);
      }
    };
    return std::make_unique<PlainChannel>(*this);
  }
  using Device::set_block_count;
  int arrived = 0;
  Status outcome = Status::Ok;
};

class DeviceTest : public ::testing::Test {
 protected:
  void open(Geometry geometry) {
    device.emplace(geometry);
    channel = std::move(*device->open_channel(*reactor));
  }
  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor = make_reactor(clock);
  std::optional<PlainDevice> device;
  std::unique_ptr<Channel> channel;
};

// Pools hand out requests whose memory nobody has written to.
TEST(Request, whole_is_looked_at_only_where_it_was_set) {
  Request request;
  request.whole = reinterpret_cast<const Request*>(uintptr_t{0xBEBEBEBEBEBEBEB8});
  EXPECT_FALSE(request.is_abandoned());
  request.flags = flag::Fua | flag::Abandoned;
  EXPECT_TRUE(request.is_abandoned());
  Request part;
  Request part_of_part;
  part.whole = &request;
  part_of_part.whole = &part;
  part.flags = part_of_part.flags = flag::Part;
  EXPECT_TRUE(part_of_part.is_abandoned());
  request.flags = flag::Fua;
  EXPECT_FALSE(part_of_part.is_abandoned());
}

TEST_F(DeviceTest, bounds_are_checked_without_overflow) {
  open({.block_count = 100});
  EXPECT_EQ(Trial(Op::Read, 0, 100).run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Read, 99, 1).run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Write, 99, 2).run(*channel), Status::OutOfRange);
  EXPECT_EQ(Trial(Op::Read, 100, 1).run(*channel), Status::OutOfRange);
  EXPECT_EQ(Trial(Op::Read, UINT64_MAX, 1).run(*channel), Status::OutOfRange);
  Trial wrap(Op::Write, 1, 1);
  wrap.request.block_count = UINT64_MAX;
  EXPECT_EQ(wrap.run(*channel), Status::OutOfRange);
  EXPECT_EQ(device->arrived, 2);
}

TEST_F(DeviceTest, the_size_of_the_moment_counts) {
  open({.block_count = 100});
  device->set_block_count(50);
  EXPECT_EQ(Trial(Op::Read, 49, 2).run(*channel), Status::OutOfRange);
  device->set_block_count(200);
  EXPECT_EQ(Trial(Op::Read, 199, 1).run(*channel), Status::Ok);
  EXPECT_EQ(device->geometry().block_count, 200U);
}

TEST_F(DeviceTest, data_must_be_as_long_as_the_blocks) {
  open({.block_count = 100, .can_compare_and_write = true});
  Trial shorter(Op::Write, 0, 4);
  shorter.iov = {{shorter.data.data(), 2047}};
  EXPECT_EQ(shorter.run(*channel), Status::Invalid);
  Trial longer(Op::Read, 0, 4);
  longer.iov = {{longer.data.data(), 2048}, {longer.data.data(), 1}};
  EXPECT_EQ(longer.run(*channel), Status::Invalid);
  Trial split(Op::Read, 0, 4);
  split.iov = {{split.data.data(), 1}, {nullptr, 0}, {split.data.data() + 1, 2047}};
  EXPECT_EQ(split.run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Read, 0, 0).run(*channel), Status::Invalid);
  EXPECT_EQ(Trial(Op::CompareAndWrite, 0, 2).run(*channel), Status::Ok);
  Trial half(Op::CompareAndWrite, 0, 2);
  half.iov[0].iov_len = 1024;
  EXPECT_EQ(half.run(*channel), Status::Invalid);
  EXPECT_EQ(device->arrived, 2);
}

TEST_F(DeviceTest, read_only_devices_refuse_every_change) {
  open({.block_count = 100,
        .is_writable = false,
        .can_discard = true,
        .can_write_zeroes = true,
        .can_compare_and_write = true,
        .can_copy = true});
  for (const Op op : {Op::Write, Op::Discard, Op::WriteZeroes, Op::CompareAndWrite, Op::Copy}) {
    EXPECT_EQ(Trial(op, 0, 1).run(*channel), Status::ReadOnly) << static_cast<int>(op);
  }
  EXPECT_EQ(device->arrived, 0);
  EXPECT_EQ(Trial(Op::Read, 0, 1).run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Flush).run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Reset).run(*channel), Status::Ok);
}

TEST_F(DeviceTest, operations_it_does_not_offer_are_unsupported) {
  open({.block_count = 100});
  for (const Op op : {Op::Discard, Op::WriteZeroes, Op::CompareAndWrite, Op::Copy, static_cast<Op>(99)}) {
    EXPECT_EQ(Trial(op, 0, 1).run(*channel), Status::Unsupported) << static_cast<int>(op);
  }
  EXPECT_EQ(device->arrived, 0);
}

TEST_F(DeviceTest, limits_of_the_device_hold) {
  open({.block_count = 100,
        .transfer_bytes_max = 4096,
        .discard_blocks_max = 10,
        .can_discard = true,
        .can_copy = true});
  EXPECT_EQ(Trial(Op::Read, 0, 8).run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Read, 0, 9).run(*channel), Status::Invalid);
  EXPECT_EQ(Trial(Op::Discard, 0, 10).run(*channel), Status::Ok);
  EXPECT_EQ(Trial(Op::Discard, 0, 11).run(*channel), Status::Invalid);
  Trial copy(Op::Copy, 0, 10);
  copy.request.source_lba = 91;
  EXPECT_EQ(copy.run(*channel), Status::OutOfRange);
  copy.request.source_lba = UINT64_MAX;
  copy.done_count = 0;
  EXPECT_EQ(copy.run(*channel), Status::OutOfRange);
}

TEST_F(DeviceTest, counts_by_class_and_keeps_the_sums_of_closed_channels) {
  open({.block_count = 100, .can_discard = true});
  auto second = std::move(*device->open_channel(*reactor));
  Trial(Op::Read, 0, 8).run(*channel);
  Trial(Op::Read, 0, 2).run(*second);
  Trial(Op::Write, 0, 1).run(*channel);
  Trial(Op::Flush).run(*channel);
  Trial(Op::Discard, 0, 5).run(*channel);
  Trial(Op::Reset).run(*channel);
  Trial(Op::Read, 100, 1).run(*channel);  // refused: not counted
  device->outcome = Status::IoError;
  Trial(Op::Write, 0, 1).run(*second);
  const auto expect_sums = [&] {
    const CounterSums sums = device->counter_sums();
    EXPECT_EQ(sums.of(OpClass::Read).operations, 2U);
    EXPECT_EQ(sums.of(OpClass::Read).bytes, 5120U);
    EXPECT_EQ(sums.of(OpClass::Write).operations, 2U);
    EXPECT_EQ(sums.of(OpClass::Write).bytes, 512U);
    EXPECT_EQ(sums.of(OpClass::Write).errors, 1U);
    EXPECT_EQ(sums.of(OpClass::Flush).operations, 1U);
    EXPECT_EQ(sums.of(OpClass::Unmap).bytes, 2560U);
    EXPECT_EQ(sums.of(OpClass::Other).operations, 1U);
    uint64_t in_histogram = 0;
    for (const uint64_t count : sums.of(OpClass::Read).latency) {
      in_histogram += count;
    }
    EXPECT_EQ(in_histogram, 2U);
  };
  expect_sums();
  second.reset();
  expect_sums();
  channel.reset();
  expect_sums();
}

// Latency is real time: a request held for a millisecond shows it.
TEST_F(DeviceTest, latency_covers_the_time_in_the_device) {
  class SlowDevice : public Device {
   public:
    SlowDevice() : Device("slow", {.block_count = 8}) {}
    Result<std::unique_ptr<Channel>> open_channel(core::Reactor&) override {
      struct SlowChannel : Channel {
        using Channel::Channel;
        void do_submit(Request& request) noexcept override { static_cast<SlowDevice&>(device()).held = &request; }
      };
      return std::make_unique<SlowChannel>(*this);
    }
    Request* held = nullptr;
  } slow;
  auto to_slow = std::move(*slow.open_channel(*reactor));
  reactor->run_turn();
  Trial trial(Op::Read, 0, 1);
  trial.request.iov = trial.iov.data();
  trial.request.iov_count = 1;
  trial.request.push([](Request&) noexcept {}, nullptr);
  to_slow->submit(trial.request);
  EXPECT_EQ(to_slow->in_flight_count(), 1U);
  const core::MonotonicClock real;
  const uint64_t start_ns = real.now_ns();
  while (real.now_ns() - start_ns < 1'000'000) {
  }
  slow.held->complete(Status::Ok);
  EXPECT_EQ(to_slow->in_flight_count(), 0U);
  EXPECT_GE(slow.counter_sums().of(OpClass::Read).latency_ns, 1'000'000U);
  EXPECT_LT(slow.counter_sums().of(OpClass::Read).latency_ns, 1'000'000'000U);
}

struct Observer : DeviceObserver {
  void device_resized(Device& resized) override {
    seen.push_back(resized.block_count());
    if (leaves) {
      resized.unsubscribe(*this);
    }
  }
  std::vector<uint64_t> seen;
  bool leaves = false;
};

TEST_F(DeviceTest, observers_hear_of_a_new_size_and_may_leave) {
  open({.block_count = 100});
  Observer stays;
  Observer leaves;
  leaves.leaves = true;
  device->subscribe(leaves);
  device->subscribe(stays);
  device->set_block_count(7);
  device->set_block_count(8);
  EXPECT_EQ(stays.seen, (std::vector<uint64_t>{7, 8}));
  EXPECT_EQ(leaves.seen, (std::vector<uint64_t>{7}));
  device->unsubscribe(stays);
}

TEST_F(DeviceTest, null_completes_everything_and_leaves_buffers_alone) {
  NullDevice null("null0", {.block_count = 1ULL << 40});
  auto to_null = std::move(*null.open_channel(*reactor));
  for (size_t op = 0; op < op_count; ++op) {
    EXPECT_EQ(Trial(static_cast<Op>(op), (1ULL << 40) - 8, 8).run(*to_null), Status::Ok) << op;
  }
  Trial read(Op::Read, 0, 1);
  read.data.assign(read.data.size(), 'x');
  EXPECT_EQ(read.run(*to_null), Status::Ok);
  EXPECT_EQ(read.data.front(), 'x');
  null.resize(4);
  EXPECT_EQ(Trial(Op::Read, 4, 1).run(*to_null), Status::OutOfRange);
}

}  // namespace
}  // namespace outrigger::block
