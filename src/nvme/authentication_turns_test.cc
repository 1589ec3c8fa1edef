// Whose turn it is: a part of the reactor's time in all, addresses one after the other, and a room that is not endless.
#include "nvme/authentication_turns.h"
#include "nvme/limits.h"

#include "core/clock.h"
#include "core/reactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace outrigger::nvme {
namespace {

using testing::ElementsAre;

constexpr uint64_t ms = 1'000'000;
constexpr uint64_t cost_ns = 10 * ms;  // of one exchange in the largest group, on a slow machine

class Turns : public testing::Test {
 protected:
  Turns() {
    auto made = core::Reactor::create({.name = "test", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a reactor is made");
    reactor = std::move(*made);
    turns = std::make_unique<AuthenticationTurns>(*reactor);
  }
  ~Turns() override { drain(); }
  using Place = AuthenticationTurns::Place;
  bool enter(const std::string& peer) { return enter(peer, *places.emplace_back(std::make_unique<Place>())); }
  bool enter(const std::string& peer, Place& place) {
    return turns->enter(peer, place, [this, peer] {
      done.push_back(peer.substr(0, peer.rfind(':')));
      clock.advance(cost_ns);
    });
  }
  void run_for(uint64_t duration_ns) {
    for (const uint64_t end_ns = clock.now_ns() + duration_ns; clock.now_ns() < end_ns; clock.advance(ms)) {
      reactor->run_turn();
    }
  }
  void drain() {
    while (turns->waiting() != 0) {
      run_for(cost_ns);
    }
  }

  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor;
  std::unique_ptr<AuthenticationTurns> turns;
  std::vector<std::unique_ptr<Place>> places;
  std::vector<std::string> done;
};

TEST_F(Turns, come_at_once_when_nobody_came_lately) {
  EXPECT_TRUE(enter("a:1"));
  EXPECT_THAT(done, ElementsAre("a"));
  EXPECT_TRUE(enter("b:1"));
  EXPECT_EQ(done.size(), 1U) << "the reactor has other things to do";
  run_for(cost_ns * authentication_rest_factor + ms);
  EXPECT_THAT(done, ElementsAre("a", "b"));
  clock.advance(cost_ns * authentication_rest_factor);
  EXPECT_TRUE(enter("c:1"));
  EXPECT_THAT(done, ElementsAre("a", "b", "c"));
}

// An attacker with a hundred connections takes a quarter of the reactor's time, whatever it does, and whoever comes
// later waits for one of its turns, not for all.
TEST_F(Turns, an_attacker_takes_neither_the_reactor_nor_others_turns) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(enter("attacker:" + std::to_string(i)));
  }
  constexpr uint64_t second = 1000 * ms;
  run_for(second);
  const size_t share = second / (cost_ns * (1 + authentication_rest_factor));
  EXPECT_GE(done.size(), share - 1);
  EXPECT_LE(done.size(), share + 1);
  done.clear();
  EXPECT_TRUE(enter("honest:1"));
  EXPECT_TRUE(enter("other:1"));
  EXPECT_TRUE(enter("honest:2"));
  run_for(5 * cost_ns * (1 + authentication_rest_factor));
  ASSERT_GE(done.size(), 5U);
  done.resize(5);
  EXPECT_THAT(done, ElementsAre("attacker", "honest", "other", "attacker", "honest"));
}

// One machine has as many addresses of a network as it likes.
TEST_F(Turns, networks_of_ipv6_take_turns_and_the_addresses_in_them) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(enter("2001:db8:0:1::" + std::to_string(i + 1) + ":5000"));
  }
  EXPECT_TRUE(enter("2001:db8:0:2::1:5000"));
  EXPECT_TRUE(enter("192.0.2.1:5000"));
  EXPECT_TRUE(enter("2001:db8:0:2::1:5001"));
  EXPECT_TRUE(enter("2001:db8:0:2::2:5000"));
  done.clear();
  run_for(7 * cost_ns * (1 + authentication_rest_factor));
  ASSERT_GE(done.size(), 6U);
  done.resize(6);
  EXPECT_THAT(done, ElementsAre("2001:db8:0:1::2", "2001:db8:0:2::1", "192.0.2.1", "2001:db8:0:1::3", "2001:db8:0:2::2",
                                "2001:db8:0:1::4"));
}

TEST_F(Turns, nothing_is_computed_for_who_has_gone) {
  EXPECT_TRUE(enter("a:0"));
  Place second;
  {
    Place first;
    EXPECT_TRUE(enter("b:1", first));
    EXPECT_TRUE(enter("b:2", second));
    EXPECT_TRUE(enter("c:1"));
    EXPECT_TRUE(first.is_waiting());
    EXPECT_EQ(turns->waiting(), 3U);
  }
  EXPECT_EQ(turns->waiting(), 2U);
  second.leave();
  EXPECT_FALSE(second.is_waiting());
  run_for(3 * cost_ns * (1 + authentication_rest_factor));
  EXPECT_THAT(done, ElementsAre("a", "c"));
  places.clear();
  EXPECT_TRUE(enter("b:2", second)) << "a place can be taken again";
  Place last;
  EXPECT_TRUE(enter("d:2", last));
  last.leave();
  EXPECT_EQ(turns->waiting(), 0U);
  run_for(3 * cost_ns * (1 + authentication_rest_factor));
  EXPECT_THAT(done, ElementsAre("a", "c", "b"));
}

TEST_F(Turns, the_room_is_not_endless) {
  EXPECT_TRUE(enter("a:0"));
  for (size_t i = 0; i < authentications_waiting_max; ++i) {
    ASSERT_TRUE(turns->enter("a:1", *places.emplace_back(std::make_unique<Place>()), [] {}));
  }
  EXPECT_FALSE(enter("b:1"));
  run_for(cost_ns * (1 + authentication_rest_factor));
  EXPECT_TRUE(enter("b:1"));
}

}  // namespace
}  // namespace outrigger::nvme
