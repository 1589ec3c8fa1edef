#include "block/faulty_device.h"

#include "block/memory_device.h"
#include "core/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <vector>

namespace outrigger::block {
namespace {

struct Trial {
  Trial(Op op, uint64_t lba, char value = 'x') {
    std::memset(data.data(), value, data.size());
    request.op = op;
    request.lba = lba;
    request.block_count = 1;
    request.iov = &iov;
    request.iov_count = 1;
    request.push([](Request& done) noexcept { ++static_cast<Trial*>(done.popped().owner)->done_count; }, this);
  }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  std::array<char, 512> data{};
  iovec iov{data.data(), data.size()};
  Request request;
  int done_count = 0;
};

class FaultyDeviceTest : public ::testing::Test {
 protected:
  FaultyDeviceTest() { channel = std::move(*faulty->open_channel(*reactor)); }
  ~FaultyDeviceTest() override {
    channel.reset();
    faulty.reset();
  }
  // What the device below holds at `lba`.
  char below(uint64_t lba) {
    auto direct = std::move(*memory->open_channel(*reactor));
    Trial read(Op::Read, lba);
    direct->submit(read.request);
    return read.data[0];
  }
  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor =
      std::move(*core::Reactor::create({.name = "test", .uring_entries = 0}, clock));
  std::unique_ptr<MemoryDevice> memory = std::move(*MemoryDevice::create("m0", {.block_count = 64}));
  std::unique_ptr<FaultyDevice> faulty = std::make_unique<FaultyDevice>("f0", *memory, 1);
  std::unique_ptr<Channel> channel;
};

TEST_F(FaultyDeviceTest, without_rules_it_is_the_device_below) {
  Trial write(Op::Write, 3, 'a');
  channel->submit(write.request);
  EXPECT_EQ(write.request.status, Status::Ok);
  EXPECT_EQ(write.done_count, 1);
  EXPECT_EQ(below(3), 'a');
  EXPECT_EQ(faulty->geometry().block_count, 64U);
  ASSERT_TRUE(memory->resize(128).has_value());
  EXPECT_EQ(faulty->block_count(), 128U);
}

TEST_F(FaultyDeviceTest, fails_before_or_after_the_fact) {
  faulty->add_rule({.fault = Fault::FailBefore, .op = Op::Write, .lba_first = 1, .lba_last = 1});
  faulty->add_rule(
      {.fault = Fault::FailAfter, .op = Op::Write, .lba_first = 2, .lba_last = 2, .status = Status::NoSpace});
  Trial before(Op::Write, 1, 'b');
  Trial after(Op::Write, 2, 'c');
  Trial read(Op::Read, 1);
  channel->submit(before.request);
  channel->submit(after.request);
  channel->submit(read.request);
  EXPECT_EQ(before.request.status, Status::IoError);
  EXPECT_EQ(below(1), '\0');
  EXPECT_EQ(after.request.status, Status::NoSpace);
  EXPECT_EQ(below(2), 'c');
  EXPECT_EQ(read.request.status, Status::Ok);
  EXPECT_EQ(faulty->strike_count(), 2U);
}

TEST_F(FaultyDeviceTest, strikes_no_more_often_than_told) {
  faulty->add_rule({.count_max = 2});
  int failed = 0;
  for (int i = 0; i < 5; ++i) {
    Trial read(Op::Read, 0);
    channel->submit(read.request);
    failed += read.request.status == Status::IoError ? 1 : 0;
  }
  EXPECT_EQ(failed, 2);
}

TEST_F(FaultyDeviceTest, chance_follows_the_seed) {
  const auto failures = [this](uint64_t seed) {
    FaultyDevice device("f", *memory, seed);
    device.add_rule({.one_in = 4});
    auto mine = std::move(*device.open_channel(*reactor));
    std::vector<bool> out;
    for (int i = 0; i < 64; ++i) {
      Trial read(Op::Read, 0);
      mine->submit(read.request);
      out.push_back(read.request.status != Status::Ok);
    }
    return out;
  };
  const auto first = failures(7);
  EXPECT_EQ(first, failures(7));
  EXPECT_NE(first, failures(8));
  EXPECT_NEAR(static_cast<double>(std::ranges::count(first, true)), 16, 12);
}

TEST_F(FaultyDeviceTest, delays_by_the_reactors_time) {
  faulty->add_rule({.fault = Fault::Delay, .op = Op::Write, .delay_ns = 100});
  Trial write(Op::Write, 4, 'd');
  channel->submit(write.request);
  clock.advance(99);
  reactor->run_turn();
  EXPECT_EQ(write.done_count, 0);
  EXPECT_EQ(below(4), '\0');
  clock.advance(1);
  reactor->run_turn();
  EXPECT_EQ(write.done_count, 1);
  EXPECT_EQ(below(4), 'd');
}

TEST_F(FaultyDeviceTest, holds_until_released_below_or_with_a_status) {
  faulty->add_rule({.fault = Fault::Hold});
  Trial first(Op::Write, 5, 'e');
  Trial second(Op::Write, 6, 'f');
  channel->submit(first.request);
  channel->submit(second.request);
  reactor->run_turn();
  EXPECT_EQ(faulty->held_count(), 2U);
  EXPECT_EQ(channel->in_flight_count(), 2U);
  faulty->release(*reactor);
  EXPECT_EQ(first.done_count + second.done_count, 2);
  EXPECT_EQ(faulty->held_count(), 0U);
  EXPECT_EQ(below(5), 'e');
  Trial third(Op::Write, 7, 'g');
  channel->submit(third.request);
  faulty->release(*reactor, Status::Aborted);
  EXPECT_EQ(third.request.status, Status::Aborted);
  EXPECT_EQ(below(7), '\0');
}

}  // namespace
}  // namespace outrigger::block
