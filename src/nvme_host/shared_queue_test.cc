// Queues that several cores share: who gets how much, that every command ends once and on its own core whatever happens
// to the queue, and that pairs stay together. The last test has real threads, for ThreadSanitizer.
#include "nvme_host/shared_queue.h"
#include "nvme_host/path_rig.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <thread>

namespace outrigger::nvme_host {
namespace {

// A queue that answers what it holds in its core's next turn, or when it is told to.
class HeldQueue final : public PathQueue, private core::Poller {
 public:
  HeldQueue(core::Reactor& home, uint32_t depth) : home_(home), depth_(depth) { home_.add(*this); }
  ~HeldQueue() override { check(is_removed_, "the test ends the queue"); }

  bool is_answering = false;
  std::vector<uint8_t> opcodes;  // as they came

  bool submit(Command& command) noexcept override {
    check(home_.is_current(), "a queue is used on its core");
    if (!is_live_ || held_.size() >= depth_) {
      return false;
    }
    if (opcodes.size() < 64) {
      opcodes.push_back(static_cast<uint8_t>(command.sqe.opcode | (command.sqe.flags << 6U)));
    }
    held_.push_back(&command);
    return true;
  }
  bool is_live() const noexcept override { return is_live_; }
  uint32_t in_flight_count() const noexcept override { return static_cast<uint32_t>(held_.size()); }
  uint32_t depth() const noexcept override { return depth_; }

  void answer(size_t count) noexcept {
    for (; count != 0 && !held_.empty(); --count) {
      Command& command = *held_.front();
      held_.pop_front();
      command.complete({}, command.sqe.cdw10);
    }
  }
  void end() noexcept {
    is_live_ = false;
    while (!held_.empty()) {
      Command& command = *held_.front();
      held_.pop_front();
      command.complete(nvme::Status::retryable(nvme::StatusCode::HostPathingError));
    }
  }
  void leave() noexcept {
    is_removed_ = true;
    home_.remove(*this);
  }

 private:
  uint32_t poll(uint64_t) noexcept override {
    const size_t count = is_answering ? held_.size() : 0;
    answer(count);
    return static_cast<uint32_t>(count);
  }
  bool prepare_sleep() noexcept override { return !is_answering || held_.empty(); }
  void wake() noexcept override {}

  core::Reactor& home_;
  uint32_t depth_;
  bool is_live_ = true;
  bool is_removed_ = false;
  std::deque<Command*> held_;
};

TEST(SharedQueue, shares_fill_the_queue_and_hold_a_pair) {
  EXPECT_EQ(share_depths(127, 1).home, 64U);
  EXPECT_EQ(share_depths(127, 1).borrower, 63U);
  EXPECT_EQ(share_depths(128, 3).home, 32U);
  EXPECT_EQ(share_depths(128, 3).borrower, 32U);
  EXPECT_EQ(share_depths(3, 7).borrower, 2U) << "more than there is: what is too much waits";
  EXPECT_EQ(share_depths(3, 7).home, 2U);
  EXPECT_EQ(share_depths(1, 1).home, 1U);
}

class SharedQueueTest : public testing::Test {
 protected:
  SharedQueueTest() : world(2) { make(4, 4); }
  ~SharedQueueTest() override { queue->leave(); }

  void make(uint32_t depth, uint32_t share_depth) {
    if (queue != nullptr) {
      queue->leave();
    }
    queue = std::make_shared<HeldQueue>(world.data(0), depth);
    shared = std::make_shared<SharedQueue>(SharedQueue{.queue = queue, .home = world.data(0), .lent = 0});
    share = std::make_shared<BorrowedShare>(shared, world.data(1), share_depth);
  }
  void submit(TestCommand& command, uint8_t opcode = 1, nvme::Fuse fuse = nvme::Fuse::Normal) {
    command.command.sqe.opcode = opcode;
    command.command.sqe.flags = static_cast<uint8_t>(fuse);
    ASSERT_TRUE(share->submit(command.command));
  }

  PathWorld world;
  std::shared_ptr<HeldQueue> queue;
  std::shared_ptr<SharedQueue> shared;
  std::shared_ptr<BorrowedShare> share;
};

TEST_F(SharedQueueTest, a_command_goes_over_and_comes_back) {
  TestCommand one(Direction::ToHost, 512);
  one.command.sqe.cdw10 = 77U;
  submit(one, 2);
  EXPECT_EQ(share->in_flight_count(), 1U);
  world.turns(2);
  ASSERT_EQ(queue->in_flight_count(), 1U);
  EXPECT_EQ(shared->lent, 1U);
  queue->answer(1);
  EXPECT_EQ(one.done_count, 0) << "not on this core";
  world.turns(2);
  EXPECT_EQ(one.done_count, 1);
  EXPECT_TRUE(one.command.status.is_success());
  EXPECT_EQ(one.command.result, 77U);
  EXPECT_EQ(share->in_flight_count(), 0U);
  EXPECT_EQ(shared->lent, 0U);
}

TEST_F(SharedQueueTest, the_home_core_keeps_to_its_share) {
  HomeShare home(shared, 2);
  std::array<TestCommand, 3> ours;
  TestCommand borrowed;
  submit(borrowed);
  world.turns(2);
  EXPECT_TRUE(home.submit(ours[0].command) && home.submit(ours[1].command));
  EXPECT_FALSE(home.submit(ours[2].command));
  EXPECT_EQ(home.in_flight_count(), 2U);
  EXPECT_EQ(queue->in_flight_count(), 3U);
  queue->end();
  EXPECT_FALSE(home.is_live());
  world.turns(2);
}

TEST_F(SharedQueueTest, the_home_core_sends_no_half_of_a_pair) {
  HomeShare home(shared, 2);
  std::array<TestCommand, 3> borrowed;
  for (TestCommand& one : borrowed) {
    submit(one);
  }
  world.turns(2);
  std::array<TestCommand, 2> pair;
  pair[0].command.sqe.flags = static_cast<uint8_t>(nvme::Fuse::First);
  pair[1].command.sqe.flags = static_cast<uint8_t>(nvme::Fuse::Second);
  EXPECT_FALSE(home.submit(pair[0].command)) << "there is room for one";
  EXPECT_EQ(queue->in_flight_count(), 3U);
  queue->answer(1);
  EXPECT_TRUE(home.submit(pair[0].command) && home.submit(pair[1].command));
  queue->end();
  world.turns(2);
}

TEST_F(SharedQueueTest, what_finds_no_room_waits_in_order) {
  make(2, 6);
  std::array<TestCommand, 6> commands;
  for (uint8_t i = 0; i < 6; ++i) {
    submit(commands[i], i);
  }
  TestCommand too_many;
  EXPECT_FALSE(share->submit(too_many.command));
  world.turns(2);
  EXPECT_EQ(queue->in_flight_count(), 2U);
  for (int i = 0; i < 6; ++i) {
    queue->answer(1);
    world.turns(2);
  }
  for (const TestCommand& command : commands) {
    EXPECT_EQ(command.done_count, 1);
  }
  EXPECT_EQ(queue->opcodes, (std::vector<uint8_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(SharedQueueTest, room_that_others_leave_is_found_by_time) {
  make(1, 2);
  TestCommand of_home;
  ASSERT_TRUE(queue->submit(of_home.command));
  TestCommand one;
  submit(one);
  world.turns(3);
  queue->answer(1);
  world.turns(3);
  EXPECT_EQ(queue->in_flight_count(), 0U) << "nobody told it";
  world.clock.advance(share_recheck_ns);
  world.turns(2);
  EXPECT_EQ(queue->in_flight_count(), 1U);
  queue->end();
  world.turns(2);
  EXPECT_EQ(one.done_count, 1);
}

TEST_F(SharedQueueTest, pairs_stay_together) {
  make(3, 6);
  TestCommand before;
  TestCommand first;
  TestCommand second;
  TestCommand behind;
  submit(before, 9);
  world.turns(2);
  TestCommand of_home;
  ASSERT_TRUE(queue->submit(of_home.command));
  submit(first, 5, nvme::Fuse::First);
  world.turns(2);
  EXPECT_EQ(queue->in_flight_count(), 2U) << "half a pair does not travel";
  submit(second, 1, nvme::Fuse::Second);
  submit(behind, 2);
  world.turns(2);
  EXPECT_EQ(queue->in_flight_count(), 2U) << "there is room for one, and it takes two; nothing overtakes";
  queue->answer(1);
  world.turns(2);
  EXPECT_EQ(queue->opcodes, (std::vector<uint8_t>{9, 0, 5 | 0x40, 1 | 0x80}));
  queue->answer(3);
  world.turns(3);
  EXPECT_EQ(first.done_count + second.done_count, 2);
  EXPECT_EQ(queue->opcodes.back(), 2);
  queue->end();
  world.turns(2);
  EXPECT_EQ(behind.done_count, 1);
}

TEST_F(SharedQueueTest, the_end_reaches_everything_once) {
  make(2, 6);
  std::array<TestCommand, 6> commands;
  submit(commands[0]);
  submit(commands[1]);
  submit(commands[2]);
  submit(commands[3], 5, nvme::Fuse::First);
  submit(commands[4], 1, nvme::Fuse::Second);
  world.turns(2);
  queue->end();
  submit(commands[5]);  // this core has not heard of it yet
  world.turns(3);
  for (const TestCommand& command : commands) {
    EXPECT_EQ(command.done_count, 1);
  }
  EXPECT_EQ(commands[1].command.status.code(), nvme::StatusCode::HostPathingError) << "sent: who knows";
  for (const size_t waited : {2U, 3U, 4U, 5U}) {
    EXPECT_EQ(commands[waited].command.status.code(), nvme::StatusCode::AnaTransition) << "never sent";
  }
  EXPECT_FALSE(share->is_live());
  EXPECT_FALSE(share->submit(commands[0].command));
}

// What a table does that is retired: the last completion lets the share go.
TEST_F(SharedQueueTest, it_may_go_inside_the_last_completion) {
  Command last;
  last.owner = &share;
  last.done = [](Command& command) noexcept { static_cast<std::shared_ptr<BorrowedShare>*>(command.owner)->reset(); };
  ASSERT_TRUE(share->submit(last));
  world.turns(2);
  queue->answer(1);
  world.turns(2);
  EXPECT_EQ(share, nullptr);
}

// Two borrowers with threads of their own, a queue too small for both, which ends in the middle.
class Borrower {
 public:
  Borrower(core::Reactor& core, std::shared_ptr<BorrowedShare> share) : core_(core), share_(std::move(share)) {
    for (Command& command : commands_) {
      command.owner = this;
      command.done = [](Command& done) noexcept { static_cast<Borrower*>(done.owner)->came(done); };
    }
  }
  void begin() {
    core_.post([this] {
      for (Command& command : commands_) {
        send(command);
      }
    });
  }
  std::atomic<uint64_t> good_count = 0;
  std::atomic<uint64_t> idle_count = 0;
  static constexpr size_t command_count = 24;

 private:
  void send(Command& command) noexcept {
    command.sqe.cdw10 = ++sent_;
    if (!share_->submit(command)) {
      ++idle_count;
    }
  }
  void came(Command& command) noexcept {
    check(core_.is_current(), "a command ends on its core");
    if (command.status.is_success()) {
      check(command.result == command.sqe.cdw10, "it is the answer to this command");
      ++good_count;
    }
    send(command);
  }
  core::Reactor& core_;
  std::shared_ptr<BorrowedShare> share_;
  std::array<Command, command_count> commands_;
  uint32_t sent_ = 0;
};

TEST(SharedQueueThreads, every_command_comes_back_to_its_core) {
  const core::MonotonicClock clock;
  std::vector<std::unique_ptr<core::Reactor>> cores;
  for (const char* name : {"home", "one", "two"}) {
    cores.push_back(std::move(*core::Reactor::create({.name = name, .uring_entries = 0}, clock)));
  }
  auto queue = std::make_shared<HeldQueue>(*cores[0], 20);
  queue->is_answering = true;
  auto shared = std::make_shared<SharedQueue>(SharedQueue{.queue = queue, .home = *cores[0], .lent = 0});
  Borrower one(*cores[1], std::make_shared<BorrowedShare>(shared, *cores[1], Borrower::command_count));
  Borrower two(*cores[2], std::make_shared<BorrowedShare>(shared, *cores[2], Borrower::command_count));
  for (const auto& core : cores) {
    core->start();
  }
  one.begin();
  two.begin();
  while (one.good_count < 20'000 || two.good_count < 20'000) {
    std::this_thread::yield();
  }
  cores[0]->post([&] { queue->end(); });
  while (one.idle_count + two.idle_count < 2 * Borrower::command_count) {
    std::this_thread::yield();
  }
  for (const auto& core : cores) {
    core->stop();
  }
  EXPECT_EQ(shared->lent, 0U);
  queue->leave();
}

}  // namespace
}  // namespace outrigger::nvme_host
