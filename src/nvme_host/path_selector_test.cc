#include "nvme_host/path_selector.h"

#include "nvme_host/remote_limits.h"

#include <gtest/gtest.h>

#include <array>

namespace outrigger::nvme_host {
namespace {

using Loads = std::array<PathLoad, paths_max>;

// How often each path is chosen out of `count`.
std::array<uint32_t, paths_max> shares(PathSelector& selector, uint32_t usable, const Loads& loads, uint32_t count) {
  std::array<uint32_t, paths_max> chosen{};
  for (uint32_t i = 0; i < count; ++i) {
    ++chosen[selector.choose(usable, loads)];
  }
  return chosen;
}

TEST(PathSelector, active_passive_stays_until_its_path_is_gone_and_does_not_go_back) {
  PathSelector selector(PathSelection::ActivePassive);
  const Loads loads{};
  EXPECT_EQ(selector.choose(0b1110, loads), 1U);
  EXPECT_EQ(selector.choose(0b1111, loads), 1U);  // path 0 is there now, but nothing is wrong with 1
  EXPECT_EQ(selector.choose(0b1101, loads), 0U);
  EXPECT_EQ(selector.choose(0b1111, loads), 0U);
}

TEST(PathSelector, round_robin_gives_everybody_the_same) {
  PathSelector selector(PathSelection::RoundRobin);
  const auto chosen = shares(selector, 0b1000'0000'0010'0101, {}, 400);
  EXPECT_EQ(chosen[0], 100U);
  EXPECT_EQ(chosen[2], 100U);
  EXPECT_EQ(chosen[5], 100U);
  EXPECT_EQ(chosen[15], 100U);
}

TEST(PathSelector, queue_depth_takes_the_shortest_and_equals_take_turns) {
  PathSelector selector(PathSelection::QueueDepth);
  Loads loads{};
  loads[0].in_flight = 3;
  loads[1].in_flight = 2;
  loads[2].in_flight = 2;
  loads[3].in_flight = 0;  // not usable
  const auto chosen = shares(selector, 0b0111, loads, 100);
  EXPECT_EQ(chosen[0], 0U);
  EXPECT_EQ(chosen[1], 50U);
  EXPECT_EQ(chosen[2], 50U);
}

TEST(PathSelector, latency_prefers_the_fast_counts_what_waits_and_measures_the_slow_now_and_then) {
  PathSelector selector(PathSelection::Latency);
  Loads loads{};
  loads[0].latency_ns = 100'000;
  loads[1].latency_ns = 1'000'000;
  const uint32_t count = latency_probe_interval * 100;
  auto chosen = shares(selector, 0b11, loads, count);
  EXPECT_GT(chosen[0], count * 98 / 100);
  EXPECT_GT(chosen[1], 20U);
  // Ten times faster, but eleven wait there.
  loads[0].in_flight = 10;
  chosen = shares(selector, 0b11, loads, count);
  EXPECT_GT(chosen[1], count * 98 / 100);
}

TEST(PathSelector, latency_measures_a_new_path_with_a_bounded_share) {
  PathSelector selector(PathSelection::Latency);
  Loads loads{};
  loads[0].latency_ns = 100'000;
  const uint32_t count = latency_probe_interval * 100;
  auto chosen = shares(selector, 0b111, loads, count);
  EXPECT_GE(chosen[1] + chosen[2], count / latency_measure_interval - count / latency_probe_interval);
  EXPECT_LE(chosen[1] + chosen[2], count / latency_measure_interval + count / latency_probe_interval);
  EXPECT_NEAR(chosen[1], chosen[2], count / latency_probe_interval);
  // One that does not answer gets no more.
  loads[1].in_flight = loads[2].in_flight = latency_measure_in_flight_max;
  chosen = shares(selector, 0b111, loads, count);
  EXPECT_GE(chosen[0], count - count / latency_probe_interval);
  // Where nothing is known of anybody, whoever has the least to do.
  loads = {};
  loads[1].in_flight = 1;
  chosen = shares(selector, 0b111, loads, count);
  EXPECT_LE(chosen[1], count / latency_probe_interval);
  EXPECT_NEAR(chosen[0], chosen[2], count / latency_probe_interval);
}

}  // namespace
}  // namespace outrigger::nvme_host
