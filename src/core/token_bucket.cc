#include "core/token_bucket.h"

#include "core/limits.h"

#include <algorithm>

namespace outrigger::core {
namespace {

constexpr unsigned step_bits = 6;  // 64 steps a nanosecond
constexpr uint64_t steps_per_s = 1'000'000'000ULL << step_bits;
constexpr unsigned cost_fraction_bits = 24;
// Tokens of a burst that may be taken one by one without loss by rounding.
constexpr uint64_t tokens_exact_max = 1 << 20;
// No burst and no single cost may reach further than this (about a year): sums of two stay within 64 bits.
constexpr uint64_t span_steps_max = 1ULL << 61;
// The epoch lies this far before the first configure(), so that "one burst ago" is always after it.
constexpr uint64_t epoch_age_ns = span_steps_max >> step_bits;

// Rounded up, like the cost of one token, so that rounding never lets more through than the rate.
uint64_t multiply(uint64_t count, uint64_t cost) noexcept {
  constexpr uint64_t fraction_max = (1ULL << cost_fraction_bits) - 1;
  const auto product = (static_cast<unsigned __int128>(count) * cost + fraction_max) >> cost_fraction_bits;
  return product < span_steps_max ? static_cast<uint64_t>(product) : span_steps_max;
}

// How long `steps` paid at `old_cost` a token take at `new_cost`.
uint64_t rescale(uint64_t steps, uint64_t old_cost, uint64_t new_cost) noexcept {
  const auto scaled = static_cast<unsigned __int128>(steps) * new_cost / old_cost;
  return scaled < span_steps_max ? static_cast<uint64_t>(scaled) : span_steps_max;
}

}  // namespace

uint64_t TokenBucket::cost_of(uint64_t count) const noexcept {
  return multiply(count, cost_.load(std::memory_order_relaxed));
}

void TokenBucket::configure(uint64_t rate_per_s, uint64_t burst, uint64_t now_ns) noexcept {
  const uint64_t old_cost = cost_.load(std::memory_order_relaxed);
  if (rate_per_s == 0) {
    rate_per_s_.store(0, std::memory_order_relaxed);
    return;
  }
  const uint64_t cost = ((steps_per_s << cost_fraction_bits) - 1) / rate_per_s + 1;
  const uint64_t tokens = burst != 0 ? burst : std::max<uint64_t>(rate_per_s / 100, 1);
  // Taken one by one, each token is rounded up by a step; all of them fit (a million: 16 µs, is plenty).
  const uint64_t burst_steps = std::min(multiply(tokens, cost) + std::min(tokens, tokens_exact_max), span_steps_max);
  if (rate_per_s_.load(std::memory_order_relaxed) == 0) {
    // Full: the bucket would have been empty one burst before now.
    epoch_ns_.store(now_ns - epoch_age_ns, std::memory_order_relaxed);
    empty_at_.store((epoch_age_ns << step_bits) - burst_steps, std::memory_order_relaxed);
  } else {
    // The tokens there are, or owed, keep their number: their time is stretched to the new rate.
    const uint64_t now = (now_ns - epoch_ns_.load(std::memory_order_relaxed)) << step_bits;
    const uint64_t empty_at = empty_at_.load(std::memory_order_relaxed);
    uint64_t moved = 0;
    if (empty_at > now) {
      moved = now + rescale(empty_at - now, old_cost, cost);
    } else {
      const uint64_t saved = rescale(std::min(now - empty_at, burst_.load(std::memory_order_relaxed)), old_cost, cost);
      moved = now - saved;
    }
    // What other cores take between the two lines is added on top: they move by differences only.
    empty_at_.fetch_add(moved - empty_at, std::memory_order_relaxed);
  }
  cost_.store(cost, std::memory_order_relaxed);
  burst_.store(burst_steps, std::memory_order_relaxed);
  rate_per_s_.store(rate_per_s, std::memory_order_relaxed);
}

bool TokenBucket::take(uint64_t count, uint64_t now_ns) noexcept {
  if (!is_limited()) {
    return true;
  }
  const uint64_t now = (now_ns - epoch_ns_.load(std::memory_order_relaxed)) << step_bits;
  const uint64_t burst = burst_.load(std::memory_order_relaxed);
  const uint64_t cost = cost_of(count);
  const uint64_t full_at = now - burst;
  uint64_t empty_at = empty_at_.load(std::memory_order_relaxed);
  for (uint32_t attempt = 0; attempt < token_attempts_max; ++attempt) {
    const uint64_t from = std::max(empty_at, full_at);
    // More than the bucket ever holds goes when it is full; everything else when there is enough in it.
    if (from + std::min(cost, burst) > now) {
      return false;
    }
    if (empty_at_.compare_exchange_weak(empty_at, from + cost, std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;  // others were faster every time; their success is the system's, and the caller comes again
}

uint64_t TokenBucket::book(uint64_t count, uint64_t now_ns) noexcept {
  if (!is_limited()) {
    return now_ns;
  }
  const uint64_t now = (now_ns - epoch_ns_.load(std::memory_order_relaxed)) << step_bits;
  const uint64_t burst = burst_.load(std::memory_order_relaxed);
  const uint64_t cost = cost_of(count);
  const uint64_t full_at = now - std::min(now, burst);
  uint64_t empty_at = empty_at_.load(std::memory_order_relaxed);
  uint64_t from = std::max(empty_at, full_at);
  uint32_t attempt = 0;
  while (!empty_at_.compare_exchange_weak(empty_at, from + cost, std::memory_order_relaxed)) {
    if (++attempt == token_attempts_max) {
      // Others were faster every time: queue behind them whatever they did. The bucket is in use, hence not full.
      from = empty_at_.fetch_add(cost, std::memory_order_relaxed);
      break;
    }
    from = std::max(empty_at, full_at);
  }
  const uint64_t ready_at = from + std::min(cost, now - full_at);
  return ready_at > now ? now_ns + ((ready_at - now + (1U << step_bits) - 1) >> step_bits) : now_ns;
}

void TokenBucket::give_back(uint64_t count) noexcept {
  if (is_limited()) {
    // Never below the start of time; more than the burst ago counts as full anyway.
    const uint64_t cost = cost_of(count);
    uint64_t empty_at = empty_at_.load(std::memory_order_relaxed);
    for (uint32_t attempt = 0; attempt < token_attempts_max; ++attempt) {
      const uint64_t moved = empty_at - std::min(empty_at, cost);
      if (empty_at_.compare_exchange_weak(empty_at, moved, std::memory_order_relaxed)) {
        return;
      }
    }
  }
}

uint64_t TokenBucket::wait_ns(uint64_t count, uint64_t now_ns) const noexcept {
  if (!is_limited()) {
    return 0;
  }
  const uint64_t now = (now_ns - epoch_ns_.load(std::memory_order_relaxed)) << step_bits;
  const uint64_t burst = burst_.load(std::memory_order_relaxed);
  const uint64_t full_at = now - burst;
  const uint64_t from = std::max(empty_at_.load(std::memory_order_relaxed), full_at);
  const uint64_t ready_at = from + std::min(cost_of(count), burst);
  return ready_at > now ? (ready_at - now + (1U << step_bits) - 1) >> step_bits : 0;
}

}  // namespace outrigger::core
