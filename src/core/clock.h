// Clock: where time comes from. Handed in through constructors, so that tests and the simulator run in virtual time.
// Beside it the raw counter (ticks) for measuring durations where even a virtual call would be felt.
#pragma once

#include <atomic>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace outrigger::core {

class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since some fixed moment; never goes back. Any thread.
  [[nodiscard]] virtual uint64_t now_ns() const noexcept = 0;
};

// How ticks relate to CLOCK_MONOTONIC. Measured once before main() (10 ms) and constant from then on; before that,
// and where the machine's counter cannot be trusted, a tick is a nanosecond of CLOCK_MONOTONIC.
struct TickScale {
  static constexpr unsigned fraction_bits = 32;
  uint64_t ns_per_tick = 1ULL << fraction_bits;  // fixed point, fraction_bits behind the point
  uint64_t start_ticks = 0;
  uint64_t start_ns = 0;
  bool is_tsc = false;
};
extern TickScale tick_scale;

// CLOCK_MONOTONIC in nanoseconds: the counter of machines without a trustworthy one.
[[nodiscard]] uint64_t slow_ticks() noexcept;

// The machine's counter, for durations: about 10 ns where the time stamp counter is invariant. Any thread.
[[nodiscard]] inline uint64_t ticks() noexcept {
#if defined(__x86_64__)
  if (tick_scale.is_tsc) [[likely]] {
    return __rdtsc();
  }
#endif
  return slow_ticks();
}

// The latest reading of ticks() this thread has at hand: taken when its reactor's turn began, or since then by
// whoever read the counter anyway and left the reading here. For starting a measurement without paying for one; it
// is early by at most what the core did since. 0: this thread has not read any yet.
extern constinit thread_local uint64_t recent_ticks;

// The length in nanoseconds of a duration in ticks.
[[nodiscard]] inline uint64_t ticks_to_ns(uint64_t duration) noexcept {
  const auto product = static_cast<unsigned __int128>(duration) * tick_scale.ns_per_tick;
  return static_cast<uint64_t>(product >> TickScale::fraction_bits);
}

// The machine's monotonic clock, read through the time stamp counter where that is invariant. Agrees with
// CLOCK_MONOTONIC when the process starts and in scale to better than 10⁻⁴.
class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] uint64_t now_ns() const noexcept override { return at(ticks()); }
  // The time at which the counter showed `now`.
  [[nodiscard]] static uint64_t at(uint64_t now) noexcept {
    // Another CPU's counter may be a few ticks behind the one that was calibrated on.
    return tick_scale.start_ns + (now > tick_scale.start_ticks ? ticks_to_ns(now - tick_scale.start_ticks) : 0);
  }
};

// Virtual time, moved by hand.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] uint64_t now_ns() const noexcept override { return now_ns_.load(std::memory_order_relaxed); }
  void advance(uint64_t ns) noexcept { now_ns_.fetch_add(ns, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> now_ns_{1};
};

}  // namespace outrigger::core
