#include "core/token_bucket.h"

#include "core/random.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace outrigger::core {
namespace {

constexpr uint64_t ns_per_s = 1'000'000'000;

// Takes `count` whenever it can during `window_ns`, sleeping as wait_ns() says; returns the tokens taken.
uint64_t drain(TokenBucket& bucket, uint64_t count, uint64_t& now_ns, uint64_t window_ns) {
  const uint64_t end_ns = now_ns + window_ns;
  uint64_t taken = 0;
  while (now_ns < end_ns) {
    if (bucket.take(count, now_ns)) {
      taken += count;
    } else {
      const uint64_t wait = bucket.wait_ns(count, now_ns);
      EXPECT_GT(wait, 0U);
      now_ns += wait;
    }
  }
  now_ns = end_ns;
  return taken;
}

TEST(TokenBucket, without_a_rate_everything_passes) {
  TokenBucket bucket;
  EXPECT_FALSE(bucket.is_limited());
  EXPECT_TRUE(bucket.take(UINT64_MAX, 0));
  EXPECT_EQ(bucket.wait_ns(1'000'000, 0), 0U);
}

TEST(TokenBucket, keeps_the_exact_rate_over_long_windows) {
  struct Case {
    uint64_t rate;
    uint64_t count;
  };
  for (const auto& [rate, count] :
       {Case{100, 1}, Case{3'333, 1}, Case{100'000, 1}, Case{3'333'333, 1}, Case{1'250'000'000, 4096}, Case{7, 1}}) {
    for (const uint64_t start_ns : {uint64_t{0}, uint64_t{1}, 400 * 24 * 3600 * ns_per_s}) {
      uint64_t now_ns = start_ns;
      TokenBucket bucket;
      // Room for more than one, or else what a wait in whole nanoseconds is too long would be lost every time.
      bucket.configure(rate, 2 * count, now_ns);
      ASSERT_TRUE(bucket.take(2 * count, now_ns));
      const uint64_t window_ns = rate > 1'000'000 ? ns_per_s / 10 : 10 * ns_per_s;
      const uint64_t taken = drain(bucket, count, now_ns, window_ns);
      const uint64_t expected = static_cast<uint64_t>(static_cast<double>(rate) * static_cast<double>(window_ns) / 1e9);
      EXPECT_LE(taken, expected) << rate;
      EXPECT_GE(taken + 2 * count + expected / 10'000, expected) << rate << " from " << start_ns;
    }
  }
}

TEST(TokenBucket, is_full_at_first_and_holds_its_burst_and_no_more) {
  TokenBucket bucket;
  uint64_t now_ns = 5;
  bucket.configure(1000, 50, now_ns);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(bucket.take(1, now_ns)) << i;
    now_ns += 1;  // far less than a token's time
  }
  EXPECT_FALSE(bucket.take(1, now_ns));
  now_ns += 100 * ns_per_s;
  uint64_t taken = 0;
  while (bucket.take(1, now_ns)) {
    ++taken;
  }
  EXPECT_EQ(taken, 50U);
}

TEST(TokenBucket, the_default_burst_is_a_hundredth_of_a_second) {
  TokenBucket bucket;
  bucket.configure(10'000, 0, 0);
  uint64_t taken = 0;
  while (bucket.take(1, 0)) {
    ++taken;
  }
  EXPECT_EQ(taken, 100U);
  TokenBucket slow;
  slow.configure(3, 0, 0);
  EXPECT_TRUE(slow.take(1, 0));
  EXPECT_FALSE(slow.take(1, 0));
}

TEST(TokenBucket, wait_is_exact_and_enough) {
  TokenBucket bucket;
  bucket.configure(1000, 1, 0);
  EXPECT_TRUE(bucket.take(1, 0));
  const uint64_t wait = bucket.wait_ns(1, 0);
  EXPECT_NEAR(static_cast<double>(wait), 1e6, 2);
  EXPECT_FALSE(bucket.take(1, wait - 2));
  EXPECT_TRUE(bucket.take(1, wait));
}

TEST(TokenBucket, more_than_the_burst_is_delayed_not_stuck_and_paid_for) {
  TokenBucket bucket;
  uint64_t now_ns = 0;
  bucket.configure(1000, 10, now_ns);
  EXPECT_TRUE(bucket.take(100, now_ns));  // full: admitted, in debt for 90
  EXPECT_FALSE(bucket.take(1, now_ns));
  EXPECT_NEAR(static_cast<double>(bucket.wait_ns(1, now_ns)), 91e6, 200);
  EXPECT_NEAR(static_cast<double>(bucket.wait_ns(100, now_ns)), 100e6, 200);  // until it is full again
  now_ns += bucket.wait_ns(100, now_ns);
  EXPECT_TRUE(bucket.take(100, now_ns));
}

TEST(TokenBucket, what_is_given_back_can_be_taken_again) {
  TokenBucket bucket;
  bucket.configure(1000, 10, 0);
  EXPECT_TRUE(bucket.take(10, 0));
  EXPECT_FALSE(bucket.take(4, 0));
  bucket.give_back(4);
  EXPECT_TRUE(bucket.take(4, 0));
  EXPECT_FALSE(bucket.take(1, 0));
  bucket.give_back(1'000'000);  // never more than the burst
  EXPECT_TRUE(bucket.take(10, 0));
  EXPECT_FALSE(bucket.take(1, 0));
}

TEST(TokenBucket, a_new_rate_holds_at_once) {
  TokenBucket bucket;
  uint64_t now_ns = 0;
  bucket.configure(10, 1, now_ns);
  EXPECT_TRUE(bucket.take(1, now_ns));
  EXPECT_NEAR(static_cast<double>(bucket.wait_ns(1, now_ns)), 1e8, 200);
  bucket.configure(100'000, 1, now_ns);  // the token owed is still one token, and now a short one
  EXPECT_NEAR(static_cast<double>(bucket.wait_ns(1, now_ns)), 1e4, 200);
  const uint64_t fast = drain(bucket, 1, now_ns, ns_per_s);
  EXPECT_NEAR(static_cast<double>(fast), 100'000, 20);
  bucket.configure(1000, 1, now_ns);
  const uint64_t slow = drain(bucket, 1, now_ns, ns_per_s);
  EXPECT_NEAR(static_cast<double>(slow), 1000, 2);
  bucket.configure(0, 0, now_ns);
  EXPECT_TRUE(bucket.take(1'000'000'000, now_ns));
}

TEST(TokenBucket, rates_at_the_ends_of_the_scale) {
  TokenBucket bucket;
  bucket.configure(1, 1, 0);
  EXPECT_TRUE(bucket.take(1, 0));
  EXPECT_FALSE(bucket.take(1, ns_per_s - 2));
  EXPECT_TRUE(bucket.take(1, ns_per_s + 2));
  TokenBucket huge;
  huge.configure(UINT64_MAX, UINT64_MAX, 7);
  EXPECT_TRUE(huge.take(UINT64_MAX, 7));
  EXPECT_GT(huge.wait_ns(UINT64_MAX, 7), 0U);
}

// Many cores with clocks a little apart, the rate changed under them: never more than the rate and one burst.
TEST(TokenBucket, concurrent_takers_never_exceed_the_rate) {
  constexpr uint64_t rate = 1'000'000;
  constexpr uint64_t burst = 100;
  constexpr uint64_t steps = 20'000;
  constexpr uint64_t step_ns = 1'000;  // one token's time
  TokenBucket bucket;
  bucket.configure(rate, burst, 0);
  std::atomic<uint64_t> now_ns{0};
  std::atomic<uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      Random random(t);
      uint64_t mine = 0;
      while (now_ns.load(std::memory_order_relaxed) < steps * step_ns) {
        const uint64_t count = 1 + random.below(3);
        if (bucket.take(count, now_ns.load(std::memory_order_relaxed))) {
          mine += count;
          if (random.chance(10)) {
            bucket.give_back(count);
            mine -= count;
          }
        }
        if (t == 0) {
          now_ns.fetch_add(step_ns, std::memory_order_relaxed);
        }
      }
      taken.fetch_add(mine);
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_LE(taken.load(), steps + burst);
  EXPECT_GT(taken.load(), steps / 2);
}

TEST(TokenBucket, the_rate_may_change_under_load) {
  TokenBucket bucket;
  std::atomic<uint64_t> now_ns{0};
  std::atomic<bool> is_over{false};
  bucket.configure(1'000'000, 10, 0);
  std::atomic<uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      uint64_t mine = 0;
      while (!is_over.load(std::memory_order_relaxed)) {
        mine += bucket.take(1, now_ns.load(std::memory_order_relaxed)) ? 1 : 0;
      }
      taken.fetch_add(mine);
    });
  }
  // Half of the time at one rate, half at twice that: 1.5 a step on average.
  constexpr uint64_t steps = 20'000;
  for (uint64_t i = 0; i < steps; ++i) {
    const uint64_t now = now_ns.fetch_add(1000) + 1000;
    if (i % 100 == 0) {
      bucket.configure(i % 200 == 0 ? 1'000'000 : 2'000'000, 10, now);
    }
  }
  is_over.store(true);
  for (auto& thread : threads) {
    thread.join();
  }
  // What is taken while the rate changes may be counted at either rate: some per change, never a flood.
  EXPECT_LE(taken.load(), steps * 3 / 2 + 20 * (steps / 100));
}

}  // namespace
}  // namespace outrigger::core
