// Rate limits in virtual time: the clock jumps from one timer to the next, so a second costs as many turns as there
// are requests.
#include "volume/qos.h"

#include "block/faulty_device.h"
#include "block/null_device.h"
#include "block/test_rig.h"
#include "core/rate_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace outrigger::volume {
namespace {

using block::Op;
using block::Status;
using block::TestCore;
using block::TestIo;

constexpr uint64_t second = 1'000'000'000;
constexpr uint64_t millisecond = 1'000'000;
constexpr uint32_t block_size = 512;

block::Geometry geometry() {
  block::Geometry geometry;
  geometry.block_size = block_size;
  geometry.block_count = 1 << 20;
  geometry.can_discard = true;
  geometry.can_write_zeroes = true;
  return geometry;
}

// A queue that is kept full: what came back is submitted again in the next step.
class Load {
 public:
  Load(block::Channel& channel, Op op, std::vector<size_t> sizes, size_t depth)
      : channel_(channel), sizes_(std::move(sizes)) {
    for (size_t i = 0; i < depth; ++i) {
      const size_t size = sizes_[i % sizes_.size()];
      ios_.emplace_back(op, 0, size / block_size, size);
      ios_.back().submit(channel_);
    }
  }
  // Submits again what came back; true when there was something.
  bool step() {
    const uint64_t before = operations;
    for (TestIo& io : ios_) {
      if (io.is_done()) {
        EXPECT_EQ(io.status(), Status::Ok);
        ++operations;
        bytes += io.data().size();
        io.submit(channel_);
      }
    }
    return operations != before;
  }
  [[nodiscard]] bool is_idle() const {
    return std::all_of(ios_.begin(), ios_.end(), [](const TestIo& io) { return io.is_done(); });
  }
  uint64_t operations = 0;
  uint64_t bytes = 0;

 private:
  block::Channel& channel_;
  std::vector<size_t> sizes_;
  std::deque<TestIo> ios_;
};

class Qos : public testing::Test {
 protected:
  void make(const QosLimits& limits) {
    auto made = QosDevice::create("limited", below_, limits, clock_);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    device_ = std::move(*made);
    channel_ = open(core_);
  }
  std::unique_ptr<block::Channel> open(TestCore& core) {
    auto channel = device_->open_channel(core.reactor());
    EXPECT_TRUE(channel.has_value());
    return std::move(*channel);
  }
  void turn() {
    core_.reactor().run_turn();
    other_core_.reactor().run_turn();
  }
  // To the next timer of any core, but not past `end_ns`.
  void jump(uint64_t end_ns) {
    const uint64_t deadline_ns =
        std::min({core_.reactor().next_deadline_ns(), other_core_.reactor().next_deadline_ns(), end_ns});
    if (deadline_ns > clock_.now_ns()) {
      clock_.advance(deadline_ns - clock_.now_ns());
    }
    turn();
  }
  void run_for(uint64_t ns, std::initializer_list<Load*> loads) {
    const uint64_t end_ns = clock_.now_ns() + ns;
    while (clock_.now_ns() < end_ns) {
      // As long as the limits let everything through, no time passes.
      bool is_moving = true;
      while (is_moving) {
        is_moving = false;
        for (Load* const load : loads) {
          is_moving |= load->step();
        }
      }
      jump(end_ns);
    }
  }
  void drain(std::initializer_list<Load*> loads) {
    ASSERT_TRUE(device_->update({}).has_value());
    for (Load* const load : loads) {
      while (!load->is_idle()) {
        jump(UINT64_MAX - 1);
      }
    }
  }
  void TearDown() override {
    channel_.reset();
    device_.reset();
  }

  core::ManualClock clock_;
  TestCore core_{clock_};
  TestCore other_core_{clock_};
  block::NullDevice below_{"null", geometry()};
  std::unique_ptr<QosDevice> device_;
  std::unique_ptr<block::Channel> channel_;
};

void expect_near(uint64_t actual, uint64_t expected, double tolerance = 0.01) {
  EXPECT_NEAR(static_cast<double>(actual), static_cast<double>(expected), static_cast<double>(expected) * tolerance);
}

TEST_F(Qos, without_limits_nothing_waits) {
  make({});
  TestIo io(Op::Write, 0, 8, 4096);
  io.submit(*channel_);
  EXPECT_TRUE(io.is_done());
  EXPECT_EQ(core_.reactor().next_deadline_ns(), UINT64_MAX);
}

TEST_F(Qos, operations_are_exact_over_a_second) {
  for (const uint64_t rate : {1'000ULL, 12'345ULL, 100'000ULL}) {
    SCOPED_TRACE(rate);
    make({.read_iops = rate});
    Load load(*channel_, Op::Read, {4096}, 16);
    run_for(second / 10, {&load});
    load.operations = 0;
    run_for(second, {&load});
    expect_near(load.operations, rate);
    drain({&load});
    TearDown();
  }
}

TEST_F(Qos, bandwidth_is_exact_for_every_size) {
  constexpr uint64_t rate = 400'000'000;
  const std::vector<size_t> mixed{512, 4096, 65536, 1 << 20, 8192};
  for (const std::vector<size_t>& sizes : {std::vector<size_t>{4096}, {65536}, {1 << 20}, mixed}) {
    SCOPED_TRACE(sizes[0]);
    make({.write_bytes_per_s = rate});
    Load load(*channel_, Op::Write, sizes, 16);
    run_for(second / 10, {&load});
    load.bytes = 0;
    run_for(second, {&load});
    expect_near(load.bytes, rate);
    drain({&load});
    TearDown();
  }
  make({.write_bytes_per_s = 20'000'000});
  Load small(*channel_, Op::Write, {512}, 16);
  run_for(second / 10, {&small});
  small.bytes = 0;
  run_for(second, {&small});
  expect_near(small.bytes, 20'000'000);
  drain({&small});
}

TEST_F(Qos, total_limits_hold_reads_and_writes_together) {
  make({.total_iops = 10'000, .total_bytes_per_s = 1'000'000'000});
  Load reads(*channel_, Op::Read, {4096}, 8);
  Load writes(*channel_, Op::Write, {4096}, 8);
  run_for(second / 10, {&reads, &writes});
  reads.operations = writes.operations = 0;
  run_for(second, {&reads, &writes});
  expect_near(reads.operations + writes.operations, 10'000);
  expect_near(reads.operations, 5'000, 0.02);  // nobody starves
  drain({&reads, &writes});
}

TEST_F(Qos, the_tightest_limit_wins_and_each_kind_has_its_own) {
  make({.read_iops = 1'000, .write_iops = 5'000, .total_iops = 4'000});
  Load reads(*channel_, Op::Read, {4096}, 8);
  Load writes(*channel_, Op::Write, {4096}, 8);
  run_for(second / 10, {&reads, &writes});
  reads.operations = writes.operations = 0;
  run_for(second, {&reads, &writes});
  expect_near(reads.operations, 1'000);
  expect_near(writes.operations, 3'000);
  drain({&reads, &writes});
}

TEST_F(Qos, a_read_limit_does_not_hold_up_writes) {
  make({.read_iops = 1});
  std::deque<TestIo> reads;
  for (int i = 0; i < 10; ++i) {
    reads.emplace_back(Op::Read, 0U, 1U, 512U).submit(*channel_);
  }
  EXPECT_TRUE(reads[0].is_done());
  EXPECT_FALSE(reads[1].is_done());
  for (int i = 0; i < 100; ++i) {
    TestIo write(Op::Write, 0, 1, 512);
    write.submit(*channel_);
    ASSERT_TRUE(write.is_done());
  }
  ASSERT_TRUE(device_->update({}).has_value());
  jump(clock_.now_ns() + core::rate_recheck_ns);
  EXPECT_TRUE(reads.back().is_done());
}

TEST_F(Qos, a_burst_passes_at_once_and_no_more) {
  make({.read_iops = 1'000, .read_iops_burst = 100});
  clock_.advance(10 * second);
  turn();
  std::deque<TestIo> reads;
  for (int i = 0; i < 150; ++i) {
    reads.emplace_back(Op::Read, 0U, 1U, 512U).submit(*channel_);
  }
  const auto done_count = [&] { return std::ranges::count_if(reads, [](TestIo& io) { return io.is_done(); }); };
  EXPECT_EQ(done_count(), 100);
  run_for(10 * millisecond, {});
  EXPECT_NEAR(static_cast<double>(done_count()), 110, 1);
  run_for(50 * millisecond, {});
  EXPECT_EQ(done_count(), 150);
}

TEST_F(Qos, a_request_larger_than_the_burst_passes_and_leaves_a_debt) {
  make({.write_bytes_per_s = 1 << 20, .write_bytes_burst = 4096});
  TestIo large(Op::Write, 0, 2048, 1 << 20);
  large.submit(*channel_);
  EXPECT_TRUE(large.is_done());
  TestIo next(Op::Write, 0, 1, 512);
  next.submit(*channel_);
  EXPECT_FALSE(next.is_done());
  run_for(900 * millisecond, {});
  EXPECT_FALSE(next.is_done());
  run_for(200 * millisecond, {});
  EXPECT_TRUE(next.is_done());
}

TEST_F(Qos, limits_change_under_load) {
  make({.total_iops = 1'000});
  Load load(*channel_, Op::Write, {4096}, 32);
  run_for(second / 2, {&load});
  ASSERT_TRUE(device_->update({.total_iops = 20'000}).has_value());
  run_for(second / 10, {&load});
  load.operations = 0;
  run_for(second, {&load});
  expect_near(load.operations, 20'000);
  ASSERT_TRUE(device_->update({.write_bytes_per_s = 4'096'000}).has_value());
  run_for(second / 10, {&load});
  load.operations = 0;
  run_for(second, {&load});
  expect_near(load.operations, 1'000);
  EXPECT_EQ(device_->limits().write_bytes_per_s, 4'096'000U);
  drain({&load});
}

TEST_F(Qos, a_lifted_limit_frees_who_waits_within_the_recheck_time) {
  make({.write_iops = 1});
  std::deque<TestIo> writes;
  for (int i = 0; i < 500; ++i) {
    writes.emplace_back(Op::Write, 0U, 1U, 512U).submit(*channel_);
  }
  ASSERT_TRUE(device_->update({}).has_value());
  const uint64_t start_ns = clock_.now_ns();
  while (!std::ranges::all_of(writes, [](TestIo& io) { return io.is_done(); })) {
    jump(UINT64_MAX - 1);
  }
  EXPECT_LE(clock_.now_ns() - start_ns, core::rate_recheck_ns + 1000);
}

TEST_F(Qos, two_cores_share_one_limit_fairly) {
  make({.total_iops = 10'000});
  auto other = open(other_core_);
  Load here(*channel_, Op::Write, {4096}, 4);
  Load there(*other, Op::Read, {4096}, 64);
  run_for(second / 10, {&here, &there});
  here.operations = there.operations = 0;
  run_for(second, {&here, &there});
  expect_near(here.operations + there.operations, 10'000);
  expect_near(here.operations, 5'000, 0.02);
  drain({&here, &there});
}

TEST_F(Qos, large_requests_are_not_starved_by_small_ones) {
  make({.total_bytes_per_s = 100'000'000});
  auto other = open(other_core_);
  Load small(*channel_, Op::Write, {512}, 64);
  Load large(*other, Op::Write, {1 << 20}, 2);
  run_for(2 * second, {&small, &large});
  EXPECT_GE(large.operations, 100U);
  drain({&small, &large});
}

TEST_F(Qos, flush_passes_and_discard_counts_as_a_write_without_bytes) {
  make({.write_iops = 10, .write_bytes_per_s = 512, .write_iops_burst = 2, .write_bytes_burst = 512});
  TestIo discard(Op::Discard, 0, 1 << 19), zeroes(Op::WriteZeroes, 0, 1 << 19), third(Op::Discard, 0, 1);
  discard.submit(*channel_);
  zeroes.submit(*channel_);
  third.submit(*channel_);
  EXPECT_TRUE(discard.is_done());
  EXPECT_TRUE(zeroes.is_done());
  EXPECT_FALSE(third.is_done());
  TestIo flush(Op::Flush, 0, 0);
  flush.submit(*channel_);
  EXPECT_TRUE(flush.is_done());
  run_for(200 * millisecond, {});
  EXPECT_TRUE(third.is_done());
}

TEST_F(Qos, zeroes_that_are_written_below_count_their_bytes) {
  block::Geometry writes_zeroes = geometry();
  writes_zeroes.zeroes_cost = block::ZeroesCost::BytesUnlessUnmapped;
  block::NullDevice below("null", writes_zeroes);
  auto device = QosDevice::create("limited", below, {.write_bytes_per_s = 512, .write_bytes_burst = 512}, clock_);
  ASSERT_TRUE(device.has_value());
  auto channel = std::move(*(*device)->open_channel(core_.reactor()));
  TestIo unmapping(Op::WriteZeroes, 0, 1 << 19), first(Op::WriteZeroes, 0, 1), second_one(Op::WriteZeroes, 0, 1);
  unmapping.request().flags = block::flag::MayUnmap;
  unmapping.submit(*channel);
  EXPECT_TRUE(unmapping.is_done());
  first.submit(*channel);
  EXPECT_TRUE(first.is_done());
  second_one.submit(*channel);
  EXPECT_FALSE(second_one.is_done());
  run_for(second, {});
  EXPECT_TRUE(second_one.is_done());
}

class Waiting : public Qos {
 protected:
  // `count` writes of 128 KiB.
  void submit(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      ios_.emplace_back(Op::Write, 0, 256, 128U << 10).submit(*channel_);
    }
  }
  [[nodiscard]] size_t done_count() const {
    return static_cast<size_t>(std::ranges::count_if(ios_, [](const TestIo& io) { return io.is_done(); }));
  }
  std::deque<TestIo> ios_;
};

TEST_F(Waiting, goes_at_once_when_somebody_waits_for_its_end_and_is_paid_for_later) {
  make({.write_bytes_per_s = 1 << 20});
  submit(100);
  EXPECT_LT(done_count(), 5U);
  channel_->expedite();
  run_for(millisecond, {});
  EXPECT_EQ(done_count(), 100U);
  submit(1);
  run_for(10 * second, {});
  EXPECT_EQ(done_count(), 100U) << "the limit holds in the long run";
  run_for(4 * second, {});
  EXPECT_EQ(done_count(), 101U);
}

TEST_F(Waiting, gets_no_more_than_a_named_time_ahead_of_its_limit) {
  make({.write_bytes_per_s = 1 << 20});
  submit(1000);  // 125 seconds
  for (int i = 0; i < 10; ++i) {
    channel_->expedite();
    run_for(millisecond, {});
  }
  EXPECT_NEAR(static_cast<double>(done_count()), 8.0 * core::rate_expedite_ns_max / second, 20.0);
  ASSERT_TRUE(device_->update({}).has_value());
  run_for(second, {});
  EXPECT_EQ(done_count(), 1000U);
}

TEST_F(Waiting, what_nobody_wants_any_more_ends_without_going_and_pays_nothing) {
  make({.write_bytes_per_s = 1 << 20});
  submit(20);
  const size_t before = done_count();
  for (TestIo& io : ios_) {
    io.request().flags = &io == &ios_.back() ? uint8_t{0} : block::flag::Abandoned;
  }
  channel_->abandon();
  EXPECT_EQ(done_count(), 19U);
  for (size_t i = before; i < 19; ++i) {
    EXPECT_EQ(ios_[i].status(), block::Status::Aborted);
  }
  // It need not wait for what they would have cost.
  run_for(second, {});
  EXPECT_TRUE(ios_.back().is_done());
  EXPECT_EQ(ios_.back().status(), block::Status::Ok);
  submit(1);
  channel_->abandon();
  run_for(second, {});
  EXPECT_EQ(done_count(), 21U) << "what was not marked goes on";
}

TEST_F(Qos, refuses_a_burst_without_its_limit) {
  const auto made = QosDevice::create("limited", below_, {.read_iops_burst = 5}, clock_);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, Code::InvalidArgument);
  make({.read_iops = 7});
  EXPECT_FALSE(device_->update({.total_bytes_burst = 5}).has_value());
  EXPECT_EQ(device_->limits().read_iops, 7U);
}

TEST_F(Qos, follows_the_size_below_and_refuses_a_stack_too_deep) {
  make({});
  below_.resize(4711);
  EXPECT_EQ(device_->block_count(), 4711U);
  std::vector<std::unique_ptr<QosDevice>> stack;
  block::Device* top = device_.get();
  for (uint32_t i = 0;; ++i) {
    ASSERT_LT(i, block::stack_depth_max);
    auto made = QosDevice::create("layer", *top, {}, clock_);
    if (!made.has_value()) {
      EXPECT_EQ(made.error().code, Code::FailedPrecondition);
      EXPECT_EQ(top->stack_depth(), block::stack_depth_max);
      break;
    }
    stack.push_back(std::move(*made));
    top = stack.back().get();
  }
  {
    auto channel = top->open_channel(core_.reactor());
    ASSERT_TRUE(channel.has_value());
    TestIo io(Op::Write, 0, 1, 512);
    (void)io;
  }
  while (!stack.empty()) {
    stack.pop_back();
  }
}

TEST_F(Qos, errors_below_travel_up) {
  block::FaultyDevice faulty("faulty", below_, 1);
  faulty.add_rule({.fault = block::Fault::FailBefore, .op = Op::Write, .status = Status::NoSpace});
  {
    auto limited = QosDevice::create("limited", faulty, {.write_iops = 10, .write_iops_burst = 1}, clock_);
    ASSERT_TRUE(limited.has_value());
    auto channel = (*limited)->open_channel(core_.reactor());
    ASSERT_TRUE(channel.has_value());
    TestIo first(Op::Write, 0, 1, 512), second_io(Op::Write, 0, 1, 512);
    first.submit(**channel);
    second_io.submit(**channel);
    run_for(second, {});
    ASSERT_TRUE(first.is_done() && second_io.is_done());
    EXPECT_EQ(first.status(), Status::NoSpace);
    EXPECT_EQ(second_io.status(), Status::NoSpace);
  }
}

TEST(QosLoans, are_passed_on_only_while_nothing_is_limited) {
  core::ManualClock clock;
  TestCore core(clock);
  block::NullDevice null("null0", geometry());
  auto limited = QosDevice::create("qos0", null, {}, clock);
  ASSERT_TRUE(limited.has_value());
  {
    auto channel = std::move(*(*limited)->open_channel(core.reactor()));
    EXPECT_EQ(channel->borrow(5, 3).size(), 3U * block_size);
    ASSERT_TRUE((*limited)->update({.read_iops = 10}).has_value());
    EXPECT_TRUE(channel->borrow(5, 3).empty());
  }
  EXPECT_EQ((*limited)->counter_sums().of(block::OpClass::Read).operations, 1U);
}

}  // namespace
}  // namespace outrigger::volume
