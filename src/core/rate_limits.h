// RateLimits: limits of operations and of bytes a second, for reads, for writes and for both together, each with a
// burst, shared by all cores without a lock. They may change under load.
#pragma once

#include "core/token_bucket.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace outrigger::core {

// 0: no limit. A burst is what may pile up while nobody asks, in operations or bytes; 0: a hundredth of a second's
// worth. What is larger than the burst waits for a full bucket and leaves a debt.
struct Rates {
  uint64_t read_iops = 0;
  uint64_t write_iops = 0;
  uint64_t total_iops = 0;
  uint64_t read_bytes_per_s = 0;
  uint64_t write_bytes_per_s = 0;
  uint64_t total_bytes_per_s = 0;
  uint64_t read_iops_burst = 0;
  uint64_t write_iops_burst = 0;
  uint64_t total_iops_burst = 0;
  uint64_t read_bytes_burst = 0;
  uint64_t write_bytes_burst = 0;
  uint64_t total_bytes_burst = 0;

  friend bool operator==(const Rates&, const Rates&) = default;
};

// What one operation costs.
struct Charge {
  bool is_read = false;
  uint64_t bytes = 0;
};

// Tokens that were taken, and the moment from which they may be used.
struct Booking {
  bool is_made = false;
  uint8_t buckets = 0;
  uint64_t generation = 0;  // of the limits
  uint64_t ready_ns = 0;
};

class RateLimits {
 public:
  // New limits from now on; tokens saved and owed stay. What is booked while this runs may be charged by old or new
  // limits. One caller at a time.
  void configure(const Rates& rates, uint64_t now_ns) noexcept;

  // -- any thread
  // Is anything limited at all?
  [[nodiscard]] bool is_limited() const noexcept { return (generation() & 1) != 0; }
  [[nodiscard]] Booking book(const Charge& charge, uint64_t now_ns) noexcept;
  // The tokens are not used after all.
  void give_back(const Booking& booking, const Charge& charge) noexcept;
  // False: the limits have changed since.
  [[nodiscard]] bool is_current(const Booking& booking) const noexcept { return booking.generation == generation(); }

 private:
  // Reads use the first two and the last two, writes the last four.
  enum Bucket : uint8_t { ReadOperations, ReadBytes, WriteOperations, WriteBytes, TotalOperations, TotalBytes };
  static constexpr size_t bucket_count = 6;

  [[nodiscard]] uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

  std::array<TokenBucket, bucket_count> buckets_;
  // Moves with every change of the limits. The lowest bit: is anything limited at all?
  std::atomic<uint64_t> generation_{0};
};

}  // namespace outrigger::core
