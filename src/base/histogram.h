// Histogram: counts of durations in buckets whose width grows with the value (four per power of two), so that
// one fixed array serves nanoseconds to minutes within 25 %. One writer; readers on other threads see each bucket
// whole and the sum nearly consistent.
#pragma once

#include "base/counter.h"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace outrigger {

class Histogram {
 public:
  static constexpr unsigned sub_bucket_bits = 2;
  static constexpr size_t bucket_count = 40 << sub_bucket_bits;  // up to 2^40 ns: 18 minutes

  void add(uint64_t value) noexcept {
    add_to(buckets_[bucket_of(value)], 1);
  }

  [[nodiscard]] uint64_t count_at(size_t bucket) const noexcept {
    return buckets_[bucket].load(std::memory_order_relaxed);
  }

  // The bucket that holds `value`; values past the last bucket's bound are counted in it.
  static constexpr size_t bucket_of(uint64_t value) noexcept {
    if (value < (1U << sub_bucket_bits)) {
      return static_cast<size_t>(value);
    }
    const auto log = static_cast<unsigned>(std::bit_width(value)) - 1;
    const auto sub = (value >> (log - sub_bucket_bits)) & ((1U << sub_bucket_bits) - 1);
    const size_t index = ((log - sub_bucket_bits + 1) << sub_bucket_bits) + static_cast<size_t>(sub);
    return index < bucket_count ? index : bucket_count - 1;
  }

  // The smallest value that belongs to the bucket after `bucket` (its exclusive upper bound).
  static constexpr uint64_t upper_bound(size_t bucket) noexcept {
    const size_t next = bucket + 1;
    if (next < (1U << sub_bucket_bits)) {
      return next;
    }
    const auto shift = (next >> sub_bucket_bits) - 1;
    const auto mantissa = (next & ((1U << sub_bucket_bits) - 1)) + (1U << sub_bucket_bits);
    return static_cast<uint64_t>(mantissa) << shift;
  }

 private:
  std::array<std::atomic<uint64_t>, bucket_count> buckets_{};
};

}  // namespace outrigger
