// Clock: where time comes from. Handed in through constructors, so that tests and the simulator run in virtual time.
#pragma once

#include <atomic>
#include <cstdint>

namespace outrigger::core {

class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since some fixed moment; never goes back. Any thread.
  [[nodiscard]] virtual uint64_t now_ns() const noexcept = 0;
};

// The machine's monotonic clock, read through the time stamp counter where that is invariant.
class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] uint64_t now_ns() const noexcept override;
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
