// TokenBucket: one rate limit shared by several cores without a lock. Tokens are added by elapsed time up to a
// burst; a core takes what it needs or learns how long to wait. The rate may change at any moment.
#pragma once

#include <atomic>
#include <cstdint>

namespace outrigger::core {

class TokenBucket {
 public:
  // `rate_per_s` tokens a second, 0: no limit. `burst`: tokens that may pile up while idle; 0: a hundredth of a
  // second's worth, at least one.
  void configure(uint64_t rate_per_s, uint64_t burst, uint64_t now_ns) noexcept;
  [[nodiscard]] bool is_limited() const noexcept { return rate_per_s_.load(std::memory_order_relaxed) != 0; }
  // Takes `count` tokens, or none. A request larger than the burst is admitted when the bucket is full and leaves a
  // debt, so that it is delayed rather than stuck.
  [[nodiscard]] bool take(uint64_t count, uint64_t now_ns) noexcept;
  // Puts tokens back that were taken for something that did not happen after all.
  void give_back(uint64_t count) noexcept;
  // A lower bound on how long until `count` tokens can be taken.
  [[nodiscard]] uint64_t wait_ns(uint64_t count, uint64_t now_ns) const noexcept;

 private:
  // The bucket as one number: the time at which it would be exactly empty ("virtual scheduling"), in nanoseconds.
  // Taking tokens moves it forward by count/rate; it never lags more than the burst behind the present.
  std::atomic<uint64_t> empty_at_ns_{0};
  std::atomic<uint64_t> rate_per_s_{0};
  std::atomic<uint64_t> burst_ns_{0};
};

}  // namespace outrigger::core
