#include "core/rate_limits.h"

#include <algorithm>

namespace outrigger::core {

void RateLimits::configure(const Rates& rates, uint64_t now_ns) noexcept {
  buckets_[ReadOperations].configure(rates.read_iops, rates.read_iops_burst, now_ns);
  buckets_[ReadBytes].configure(rates.read_bytes_per_s, rates.read_bytes_burst, now_ns);
  buckets_[WriteOperations].configure(rates.write_iops, rates.write_iops_burst, now_ns);
  buckets_[WriteBytes].configure(rates.write_bytes_per_s, rates.write_bytes_burst, now_ns);
  buckets_[TotalOperations].configure(rates.total_iops, rates.total_iops_burst, now_ns);
  buckets_[TotalBytes].configure(rates.total_bytes_per_s, rates.total_bytes_burst, now_ns);
  const bool is_limited =
      std::any_of(buckets_.begin(), buckets_.end(), [](const auto& bucket) { return bucket.is_limited(); });
  const uint64_t generation = (generation_.load(std::memory_order_relaxed) >> 1) + 1;
  generation_.store((generation << 1) | (is_limited ? 1 : 0), std::memory_order_release);
}

Booking RateLimits::book(const Charge& charge, uint64_t now_ns) noexcept {
  Booking booking{.is_made = true, .generation = generation(), .ready_ns = now_ns};
  const auto take = [&](Bucket bucket, uint64_t count) {
    TokenBucket& tokens = buckets_[bucket];
    if (count != 0 && tokens.is_limited()) {
      booking.ready_ns = std::max(booking.ready_ns, tokens.book(count, now_ns));
      booking.buckets = static_cast<uint8_t>(booking.buckets | (1U << bucket));
    }
  };
  take(charge.is_read ? ReadOperations : WriteOperations, 1);
  take(charge.is_read ? ReadBytes : WriteBytes, charge.bytes);
  take(TotalOperations, 1);
  take(TotalBytes, charge.bytes);
  return booking;
}

void RateLimits::give_back(const Booking& booking, const Charge& charge) noexcept {
  for (size_t bucket = 0; bucket < bucket_count; ++bucket) {
    if ((booking.buckets & (1U << bucket)) != 0) {
      const bool is_bytes = bucket == ReadBytes || bucket == WriteBytes || bucket == TotalBytes;
      buckets_[bucket].give_back(is_bytes ? charge.bytes : 1);
    }
  }
}

}  // namespace outrigger::core
