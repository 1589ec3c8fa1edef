// Latency: how long I/Os took, in ticks of the time stamp counter, in buckets three per cent wide.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#else
#include <ctime>
#endif

namespace outrigger::load {

// Ticks of a steady clock that costs a few nanoseconds to read; ticks_per_second() says what they mean.
inline uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
#endif
}
// Measured once, over some milliseconds.
double ticks_per_second();

// Tells the core that this is a loop that waits.
inline void relax() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

class Latency {
 public:
  void add(uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    sum_ += value;
    ++count_;
  }
  [[nodiscard]] uint64_t count() const noexcept { return count_; }
  // In ticks.
  [[nodiscard]] double average() const noexcept {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }
  // The upper bound of the bucket in which `fraction` of all values is reached.
  [[nodiscard]] uint64_t quantile(double fraction) const noexcept {
    const auto wanted = static_cast<uint64_t>(fraction * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) {
        return upper_bound(i);
      }
    }
    return 0;
  }

 private:
  static constexpr unsigned sub_bits = 5;
  static constexpr size_t bucket_of(uint64_t value) noexcept {
    if (value < (1U << sub_bits)) {
      return static_cast<size_t>(value);
    }
    const auto log = static_cast<unsigned>(std::bit_width(value)) - 1;
    return ((log - sub_bits + 1ULL) << sub_bits) + ((value >> (log - sub_bits)) & ((1U << sub_bits) - 1));
  }
  static constexpr uint64_t upper_bound(size_t bucket) noexcept {
    const size_t next = bucket + 1;
    if (next < (1U << sub_bits)) {
      return next;
    }
    const auto shift = (next >> sub_bits) - 1;
    return ((next & ((1U << sub_bits) - 1)) + (1ULL << sub_bits)) << shift;
  }

  std::array<uint32_t, (64 - sub_bits + 1) << sub_bits> buckets_{};
  uint64_t sum_ = 0;
  uint64_t count_ = 0;
};

}  // namespace outrigger::load
