// TokenBucket: one rate limit shared by several cores without a lock. Tokens are added by elapsed time up to a
// burst; a core takes what it needs or learns how long to wait. The rate may change at any moment.
//
// The bucket is one number ("virtual scheduling", the GCRA of ATM): the moment at which it would be exactly empty.
// Taking tokens moves that moment forward by count ÷ rate; it never lags more than the burst behind the present.
// All calls from any thread, except that configure() has one caller at a time. `now_ns` is any clock that does not
// go back, the same for all callers.
#pragma once

#include <atomic>
#include <cstdint>

namespace outrigger::core {

class TokenBucket {
 public:
  // `rate_per_s` tokens a second, 0: no limit. `burst`: tokens that may pile up while idle; 0: a hundredth of a
  // second's worth, at least one. The first call fills the bucket; later ones keep the tokens (and the debt) there
  // are, as far as the new burst allows.
  void configure(uint64_t rate_per_s, uint64_t burst, uint64_t now_ns) noexcept;
  [[nodiscard]] bool is_limited() const noexcept { return rate_per_s() != 0; }
  [[nodiscard]] uint64_t rate_per_s() const noexcept { return rate_per_s_.load(std::memory_order_relaxed); }
  // Takes `count` tokens, or none. A request larger than the burst is admitted when the bucket is full and leaves a
  // debt, so that it is delayed rather than stuck.
  [[nodiscard]] bool take(uint64_t count, uint64_t now_ns) noexcept;
  // Takes `count` tokens for later: returns the moment from which they may be used, `now_ns` when that is at once.
  // Bookings are served in the order in which they were made, whichever core made them, so nobody starves.
  [[nodiscard]] uint64_t book(uint64_t count, uint64_t now_ns) noexcept;
  // Puts tokens back that were taken for something that did not happen after all.
  void give_back(uint64_t count) noexcept;
  // A lower bound on how long until `count` tokens can be taken: 0 means try now.
  [[nodiscard]] uint64_t wait_ns(uint64_t count, uint64_t now_ns) const noexcept;

 private:
  [[nodiscard]] uint64_t cost_of(uint64_t count) const noexcept;

  // Time in here is in steps of 1/64 ns since epoch_ns_, so that a million or a billion tokens a second are exact to
  // a few parts in 10⁵; 64 bits of them last nine years.
  std::atomic<uint64_t> empty_at_{0};
  std::atomic<uint64_t> rate_per_s_{0};
  std::atomic<uint64_t> cost_{0};   // steps a token takes, fixed point
  std::atomic<uint64_t> burst_{0};  // steps in which the burst piles up
  std::atomic<uint64_t> epoch_ns_{0};
};

}  // namespace outrigger::core
