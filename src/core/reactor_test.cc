#include "core/reactor.h"

#include "core/clock.h"
#include "core/uring.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <thread>
#include <vector>

namespace outrigger::core {
namespace {

std::unique_ptr<Reactor> make_reactor(const Clock& clock, uint64_t idle_spin_ns = 0, uint32_t uring_entries = 0) {
  auto made = Reactor::create({.name = "test", .idle_spin_ns = idle_spin_ns, .uring_entries = uring_entries}, clock);
  if (!made.has_value()) {
    ADD_FAILURE() << made.error().what;
    std::abort();
  }
  return std::move(*made);
}

// Notes the order in which messages ran.
struct Note : Message {
  explicit Note(std::vector<int>& into, int number_) : out(into), number(number_) {
    run = [](Message& message) noexcept {
      auto& self = static_cast<Note&>(message);
      self.out.push_back(self.number);
    };
  }
  std::vector<int>& out;
  int number;
};

TEST(Reactor, messages_of_one_sender_run_in_order) {
  const ManualClock clock;
  auto reactor = make_reactor(clock);
  std::vector<int> seen;
  std::vector<std::unique_ptr<Note>> notes;
  std::vector<int> expected;
  for (int i = 0; i < 1000; ++i) {
    notes.push_back(std::make_unique<Note>(seen, i));
    expected.push_back(i);
    reactor->post(*notes.back());
  }
  uint32_t turns = 0;
  while (reactor->run_turn() != 0) {
    ++turns;
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(turns, (1000 + messages_per_turn_max - 1) / messages_per_turn_max);
  EXPECT_EQ(reactor->counters().messages.load(), 1000U);
}

TEST(Reactor, a_message_may_post_itself_again_from_its_run) {
  const ManualClock clock;
  auto reactor = make_reactor(clock);
  struct Again : Message {
    Reactor* reactor = nullptr;
    int left = 10;
  } again;
  again.reactor = reactor.get();
  again.run = [](Message& message) noexcept {
    auto& self = static_cast<Again&>(message);
    if (--self.left > 0) {
      self.reactor->post(self);
    }
  };
  reactor->post(again);
  while (reactor->run_turn() != 0) {
  }
  EXPECT_EQ(again.left, 0);
}

TEST(Reactor, functions_run_on_the_reactors_thread_and_before_stop_returns) {
  const MonotonicClock clock;
  auto reactor = make_reactor(clock);
  int runs = 0;
  bool was_current = true;
  reactor->start();
  for (int i = 0; i < 100; ++i) {
    reactor->post([&] {
      ++runs;
      was_current = was_current && reactor->is_current() && Reactor::current() == reactor.get();
    });
  }
  EXPECT_FALSE(reactor->is_current());
  reactor->stop();
  EXPECT_EQ(runs, 100);
  EXPECT_TRUE(was_current);
}

TEST(Reactor, functions_that_never_ran_are_freed) {
  const ManualClock clock;
  auto reactor = make_reactor(clock);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  reactor->post([held = std::move(held)] {});
  reactor.reset();
  EXPECT_TRUE(watch.expired());
}

// Senders on other threads while the core sleeps and wakes as often as it can: nothing is lost, and each sender's
// messages stay in order.
TEST(Reactor, stress_of_senders_against_a_core_that_sleeps_at_once) {
  constexpr int senders = 3;
  constexpr int per_sender = 20'000;
  const MonotonicClock clock;
  auto reactor = make_reactor(clock);
  std::array<int, senders> last{};
  bool in_order = true;
  std::atomic<int> total{0};
  reactor->start();
  std::vector<std::thread> threads;
  for (int s = 0; s < senders; ++s) {
    threads.emplace_back([&, s] {
      for (int i = 1; i <= per_sender; ++i) {
        reactor->post([&, s, i] {
          auto& mine = last[static_cast<size_t>(s)];
          in_order = in_order && mine == i - 1;
          mine = i;
          total.fetch_add(1, std::memory_order_relaxed);
        });
        // Now and then wait until the core has nothing left, so that it really sleeps.
        while (i % 200 == 0 && total.load(std::memory_order_relaxed) < i) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  reactor->stop();
  EXPECT_EQ(total.load(), senders * per_sender);
  EXPECT_TRUE(in_order);
  EXPECT_GT(reactor->counters().sleeps.load(), 0U);
}

// Two cores throw one message back and forth, both going to sleep after every one: each hop is a wake-up, and one
// lost would hang the test.
TEST(Reactor, two_sleeping_cores_wake_each_other) {
  constexpr int hops = 5'000;
  const MonotonicClock clock;
  auto left = make_reactor(clock);
  auto right = make_reactor(clock);
  struct Ball : Message {
    Reactor* sides[2] = {};
    int count = 0;
    std::atomic<bool> is_done{false};
  } ball;
  ball.sides[0] = left.get();
  ball.sides[1] = right.get();
  ball.run = [](Message& message) noexcept {
    auto& self = static_cast<Ball&>(message);
    if (++self.count == hops) {
      self.is_done.store(true);
      self.is_done.notify_one();
    } else {
      self.sides[self.count % 2]->post(self);
    }
  };
  left->start();
  right->start();
  left->post(ball);
  ball.is_done.wait(false);
  left->stop();
  right->stop();
  EXPECT_EQ(ball.count, hops);
}

struct Alarm : Timer {
  explicit Alarm(std::vector<uint64_t>& into) : out(into) {
    fire = [](Timer& timer) noexcept {
      auto& self = static_cast<Alarm&>(timer);
      self.out.push_back(self.deadline_ns);
    };
  }
  std::vector<uint64_t>& out;
};

TEST(Reactor, timers_fire_in_order_of_their_deadlines_and_not_before) {
  ManualClock clock;
  auto reactor = make_reactor(clock);
  std::vector<uint64_t> fired;
  std::vector<std::unique_ptr<Alarm>> alarms;
  for (const uint64_t deadline : {500U, 100U, 300U, 400U, 200U, 50U, 250U, 150U}) {
    alarms.push_back(std::make_unique<Alarm>(fired));
    reactor->arm(*alarms.back(), deadline);
  }
  EXPECT_EQ(reactor->next_deadline_ns(), 50U);
  clock.advance(199);  // to 200
  reactor->run_turn();
  EXPECT_EQ(fired, (std::vector<uint64_t>{50, 100, 150, 200}));
  reactor->cancel(*alarms[0]);     // 500
  reactor->arm(*alarms[2], 1000);  // 300 → 1000
  reactor->arm(*alarms[3], 210);   // 400 → 210
  clock.advance(800);
  reactor->run_turn();
  EXPECT_EQ(fired, (std::vector<uint64_t>{50, 100, 150, 200, 210, 250, 1000}));
  EXPECT_FALSE(alarms[2]->is_armed());
  EXPECT_EQ(reactor->next_deadline_ns(), UINT64_MAX);
}

TEST(Reactor, a_timer_may_arm_itself_again) {
  ManualClock clock;
  auto reactor = make_reactor(clock);
  struct Tick : Timer {
    Reactor* reactor = nullptr;
    int count = 0;
  } tick;
  tick.reactor = reactor.get();
  tick.fire = [](Timer& timer) noexcept {
    auto& self = static_cast<Tick&>(timer);
    ++self.count;
    self.reactor->arm(self, self.deadline_ns + 10);
  };
  reactor->arm(tick, 10);
  clock.advance(100);
  reactor->run_turn();
  EXPECT_EQ(tick.count, 10);
  reactor->cancel(tick);
}

struct CountingWatch : FdWatch {
  void on_ready(uint32_t) noexcept override {
    ++count;
    uint64_t value = 0;
    EXPECT_EQ(::read(fd, &value, sizeof(value)), static_cast<ssize_t>(sizeof(value)));
    if (then) {
      then();
    }
  }
  int fd = -1;
  int count = 0;
  std::function<void()> then;
};

void signal_fd(int fd) {
  const uint64_t one = 1;
  ASSERT_EQ(::write(fd, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
}

TEST(Reactor, a_watch_taken_away_by_another_is_not_called) {
  const ManualClock clock;
  auto reactor = make_reactor(clock);
  const UniqueFd a(::eventfd(0, EFD_NONBLOCK));
  const UniqueFd b(::eventfd(0, EFD_NONBLOCK));
  CountingWatch first;
  CountingWatch second;
  first.fd = a.get();
  second.fd = b.get();
  bool is_first_gone = false;
  bool is_second_gone = false;
  first.then = [&] {
    reactor->unwatch(b.get(), second);
    is_second_gone = true;
  };
  second.then = [&] {
    reactor->unwatch(a.get(), first);
    is_first_gone = true;
  };
  ASSERT_TRUE(reactor->watch(a.get(), EPOLLIN, first).has_value());
  ASSERT_TRUE(reactor->watch(b.get(), EPOLLIN, second).has_value());
  signal_fd(a.get());
  signal_fd(b.get());
  reactor->run_turn();
  EXPECT_EQ(first.count + second.count, 1);
  EXPECT_NE(is_first_gone, is_second_gone);
  if (is_second_gone) {
    reactor->unwatch(a.get(), first);
  } else {
    reactor->unwatch(b.get(), second);
  }
}

TEST(Reactor, a_sleeping_core_wakes_for_a_descriptor) {
  const MonotonicClock clock;
  auto reactor = make_reactor(clock);
  const UniqueFd fd(::eventfd(0, EFD_NONBLOCK));
  CountingWatch watch;
  watch.fd = fd.get();
  ASSERT_TRUE(reactor->watch(fd.get(), EPOLLIN, watch).has_value());
  std::atomic<bool> is_ready{false};
  watch.then = [&] {
    is_ready.store(true);
    is_ready.notify_one();
  };
  reactor->start();
  while (reactor->counters().sleeps.load() == 0) {
    std::this_thread::yield();
  }
  signal_fd(fd.get());
  is_ready.wait(false);  // for ever, if the core were not woken
  reactor->stop();
  EXPECT_EQ(watch.count, 1);
  reactor->unwatch(fd.get(), watch);
}

TEST(Reactor, a_sleeping_core_wakes_for_its_timer) {
  const MonotonicClock clock;
  auto reactor = make_reactor(clock);
  std::vector<uint64_t> fired;
  Alarm alarm(fired);
  const uint64_t start_ns = clock.now_ns();
  reactor->arm(alarm, start_ns + 2'000'000);
  reactor->run_until([&] { return !fired.empty(); });
  EXPECT_GE(clock.now_ns(), start_ns + 2'000'000);
  // It slept instead of spinning: two milliseconds of turns would be thousands.
  EXPECT_LT(reactor->counters().turns.load(), 100U);
  EXPECT_GE(reactor->counters().sleep_ns.load(), 1'000'000U);
}

// The kernel may signal the ring's event descriptor just after the ring has stopped asking for it.
TEST(Reactor, a_late_signal_of_the_ring_does_not_keep_the_core_awake) {
  const MonotonicClock clock;
  auto made = Reactor::create({.name = "late", .idle_spin_ns = 0}, clock);
  ASSERT_TRUE(made.has_value());
  Reactor& reactor = **made;
  if (!reactor.has_uring()) {
    GTEST_SKIP() << "this machine has no io_uring";
  }
  signal_fd(reactor.uring().event_fd());
  std::vector<uint64_t> fired;
  Alarm alarm(fired);
  reactor.arm(alarm, clock.now_ns() + 20'000'000);
  reactor.run_until([&] { return !fired.empty(); });
  EXPECT_LT(reactor.counters().turns.load(), 100U);
  EXPECT_GE(reactor.counters().sleep_ns.load(), 10'000'000U);
}

// A poller that refuses to sleep a few times.
struct Refuser : Poller {
  uint32_t poll(uint64_t) noexcept override {
    ++polls;
    EXPECT_FALSE(is_prepared);
    return 0;
  }
  bool prepare_sleep() noexcept override {
    ++prepared;
    is_prepared = true;
    return --refusals < 0;
  }
  void wake() noexcept override {
    EXPECT_TRUE(is_prepared);
    is_prepared = false;
    ++wakes;
  }
  int refusals = 3;
  int polls = 0;
  int prepared = 0;
  int wakes = 0;
  bool is_prepared = false;
};

TEST(Reactor, a_poller_that_refuses_keeps_the_core_awake_and_is_woken) {
  const MonotonicClock clock;
  auto reactor = make_reactor(clock);
  Refuser calm;
  calm.refusals = 0;
  Refuser refuser;
  Refuser behind;
  behind.refusals = 0;
  reactor->add(calm);
  reactor->add(refuser);
  reactor->add(behind);
  std::vector<uint64_t> fired;
  Alarm alarm(fired);
  reactor->arm(alarm, clock.now_ns() + 1'000'000);
  reactor->run_until([&] { return !fired.empty(); });
  EXPECT_GE(refuser.prepared, 4);
  EXPECT_EQ(refuser.wakes, refuser.prepared);
  EXPECT_EQ(calm.wakes, calm.prepared);
  EXPECT_EQ(behind.prepared, refuser.prepared - 3);  // not asked when somebody before it refused
  EXPECT_EQ(behind.wakes, behind.prepared);
  reactor->remove(calm);
  reactor->remove(refuser);
  reactor->remove(behind);
}

TEST(Reactor, pollers_may_be_added_and_removed_by_a_poller) {
  const ManualClock clock;
  auto reactor = make_reactor(clock);
  Refuser added;
  struct Swapper : Refuser {
    uint32_t poll(uint64_t) noexcept override {
      reactor->remove(*this);
      reactor->add(*other);
      return 1;
    }
    Reactor* reactor = nullptr;
    Poller* other = nullptr;
  } swapper;
  swapper.reactor = reactor.get();
  swapper.other = &added;
  reactor->add(swapper);
  EXPECT_EQ(reactor->run_turn(), 1U);
  EXPECT_EQ(added.polls, 1);  // in the same turn: it was added behind
  EXPECT_EQ(reactor->run_turn(), 0U);
  EXPECT_EQ(added.polls, 2);
  reactor->remove(added);
}

TEST(Reactor, one_thread_may_drive_two_reactors) {
  const ManualClock clock;
  auto a = make_reactor(clock);
  auto b = make_reactor(clock);
  a->run_turn();
  b->run_turn();
  EXPECT_TRUE(a->is_current());
  EXPECT_TRUE(b->is_current());
  EXPECT_EQ(Reactor::current(), b.get());
}

TEST(Reactor, can_be_started_again_and_handed_from_thread_to_thread) {
  const MonotonicClock clock;
  auto reactor = make_reactor(clock, 0, 8);
  int runs = 0;
  for (int i = 0; i < 3; ++i) {
    reactor->run_turn();
    reactor->start();
    reactor->post([&] { ++runs; });
    reactor->stop();
  }
  EXPECT_EQ(runs, 3);
}

TEST(Reactor, counts_where_its_time_goes) {
  ManualClock clock;
  auto reactor = make_reactor(clock);
  reactor->post([&] { clock.advance(100); });
  reactor->run_turn();  // busy: 100 ns
  reactor->run_turn();
  clock.advance(7);  // spent in an empty turn
  reactor->run_turn();
  EXPECT_EQ(reactor->counters().busy_ns.load(), 100U);
  EXPECT_EQ(reactor->counters().poll_ns.load(), 7U);
  EXPECT_EQ(reactor->counters().turns.load(), 3U);
}

TEST(MonotonicClock, agrees_with_the_kernel_in_scale) {
  const MonotonicClock clock;
  const auto kernel_ns = [] {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  };
  // The offset between the two, as small as several tries see it, at both ends of 20 ms.
  const auto offset = [&] {
    int64_t best = INT64_MAX;
    uint64_t width_min = UINT64_MAX;
    for (int i = 0; i < 100; ++i) {
      const uint64_t before = kernel_ns();
      const uint64_t ours = clock.now_ns();
      const uint64_t after = kernel_ns();
      if (after - before < width_min) {
        width_min = after - before;
        best = static_cast<int64_t>(ours) - static_cast<int64_t>(before + (after - before) / 2);
      }
    }
    return best;
  };
  const int64_t first = offset();
  const uint64_t start_ns = kernel_ns();
  while (kernel_ns() - start_ns < 20'000'000) {
  }
  const int64_t second = offset();
  EXPECT_LT(std::abs(second - first), 2'000) << "20 ms × 10⁻⁴";
}

}  // namespace
}  // namespace outrigger::core
