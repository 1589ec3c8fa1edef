// RateGate: one core's queues in front of shared rate limits. What must wait books its tokens and stands here until
// they are due; a timer lets it pass. There is one queue for reads and one for everything that counts as a write, so
// that a read limit never holds up a write. Bookings are served in order over all cores.
#pragma once

#include "base/check.h"
#include "base/intrusive.h"
#include "core/rate_limits.h"
#include "core/reactor.h"

#include <algorithm>
#include <cstdint>

namespace outrigger::core {

// What a rate limit lets pass in one go before the core looks at its other work.
inline constexpr uint32_t rate_releases_per_turn_max = 64;
// Whoever waits for a rate limit looks at it again after this long, so that a changed limit acts within it.
inline constexpr uint64_t rate_recheck_ns = 10'000'000;
// What would be due this much later at most goes at once when its queue stops. Later ones wait: a guest that stops its
// queues again and again gets no more than this ahead of its limit.
inline constexpr uint64_t rate_expedite_ns_max = 60'000'000'000;

// `Item` has an intrusive link (`Item* next`). `Owner` has, both noexcept:
//   Charge charge_of(const Item&)   the same as long as the item waits
//   void pass(Item&)                its time has come; may call admit()
template <typename Item, typename Owner>
class RateGate {
 public:
  RateGate(RateLimits& limits, Owner& owner) : limits_(limits), owner_(owner) {
    timer_.owner = this;
    timer_.fire = [](Timer& timer) noexcept { static_cast<RateGate*>(timer.owner)->release(); };
  }
  ~RateGate() { check(is_empty() && !timer_.is_armed(), "whoever waits at a gate has passed when it is destroyed"); }
  RateGate(const RateGate&) = delete;
  RateGate& operator=(const RateGate&) = delete;

  // Before anything else: where it lives.
  void attach(Reactor& reactor) noexcept { reactor_ = &reactor; }
  // Nobody waits any more.
  void detach() noexcept {
    if (reactor_ != nullptr) {
      reactor_->cancel(timer_);
      reactor_ = nullptr;
    }
  }

  [[nodiscard]] bool is_empty() const noexcept { return reads_.waiting.is_empty() && writes_.waiting.is_empty(); }
  // Nothing is limited, and nobody waits: admit() need not be asked.
  [[nodiscard]] bool is_open() const noexcept { return !limits_.is_limited() && is_empty(); }

  // True: it may go at once. False: it waits, and passes later.
  [[nodiscard]] bool admit(Item& item) noexcept {
    const Charge charge = owner_.charge_of(item);
    Lane& lane = charge.is_read ? reads_ : writes_;
    if (!lane.waiting.is_empty()) {
      lane.waiting.push_back(item);
      return false;
    }
    if (!limits_.is_limited()) {
      return true;
    }
    lane.booking = limits_.book(charge, reactor_->turn_ns());
    if (lane.booking.ready_ns <= reactor_->turn_ns()) {
      lane.booking.is_made = false;
      return true;
    }
    lane.waiting.push_back(item);
    arm(lane.booking.ready_ns);
    return false;
  }

  // Until nobody waits, they go before they are due, up to rate_expedite_ns_max ahead of their time; they pay all the
  // same.
  void expedite() noexcept {
    if (!is_empty()) {
      is_expediting_ = true;
      release();
    }
  }

  // Takes out `item`, which waits.
  void remove(Item& item) noexcept {
    Lane& lane = lane_of(item);
    if (lane.waiting.front() == &item) {
      unbook(lane, item);
      static_cast<void>(lane.waiting.pop_front());
      rearm();
      return;
    }
    IntrusiveQueue<Item> others;
    while (Item* const other = lane.waiting.pop_front()) {
      if (other != &item) {
        others.push_back(*other);
      }
    }
    lane.waiting.splice_back(others);
  }

  // Takes out all that `is_wanted` says so of, oldest first.
  template <typename Which>
  void remove_if(Which is_wanted, IntrusiveQueue<Item>& removed) noexcept {
    for (Lane* const lane : {&reads_, &writes_}) {
      if (Item* const front = lane->waiting.front(); front != nullptr && is_wanted(*front)) {
        unbook(*lane, *front);
      }
      IntrusiveQueue<Item> waiting;
      waiting.splice_back(lane->waiting);
      while (Item* const item = waiting.pop_front()) {
        (is_wanted(*item) ? removed : lane->waiting).push_back(*item);
      }
    }
    if (!removed.is_empty()) {
      rearm();
    }
  }

 private:
  struct Lane {
    IntrusiveQueue<Item> waiting;
    Booking booking;  // of the one in front
  };

  [[nodiscard]] Lane& lane_of(const Item& item) noexcept { return owner_.charge_of(item).is_read ? reads_ : writes_; }

  void unbook(Lane& lane, const Item& item) noexcept {
    if (lane.booking.is_made) {
      limits_.give_back(lane.booking, owner_.charge_of(item));
      lane.booking.is_made = false;
    }
  }

  // Lets the front of `lane` go when it is due. pass() may come back into admit() from here.
  bool release_front(Lane& lane) noexcept {
    Item* const front = lane.waiting.front();
    if (front == nullptr) {
      return false;
    }
    if (lane.booking.is_made && !limits_.is_current(lane.booking)) {
      unbook(lane, *front);  // it was at the old price
    }
    if (!lane.booking.is_made) {
      lane.booking = limits_.book(owner_.charge_of(*front), reactor_->turn_ns());
    }
    const uint64_t ahead_ns = is_expediting_ ? rate_expedite_ns_max : 0;
    if (lane.booking.ready_ns > reactor_->turn_ns() + ahead_ns) {
      return false;
    }
    lane.booking.is_made = false;
    owner_.pass(*lane.waiting.pop_front());
    return true;
  }

  void release() noexcept {
    uint32_t count = 0;
    bool is_moving = true;
    while (is_moving && count < rate_releases_per_turn_max) {
      const bool is_read_moving = release_front(reads_);
      const bool is_write_moving = release_front(writes_);
      is_moving = is_read_moving || is_write_moving;
      ++count;
    }
    rearm();
  }

  void rearm() noexcept {
    uint64_t deadline_ns = UINT64_MAX;
    for (const Lane* lane : {&reads_, &writes_}) {
      if (!lane->waiting.is_empty()) {
        // What was not looked at yet is next turn's.
        deadline_ns = std::min(deadline_ns, lane->booking.is_made ? lane->booking.ready_ns : reactor_->turn_ns() + 1);
      }
    }
    if (deadline_ns == UINT64_MAX) {
      is_expediting_ = false;
      reactor_->cancel(timer_);
    } else {
      reactor_->arm(timer_, std::min(deadline_ns, reactor_->turn_ns() + rate_recheck_ns));
    }
  }

  void arm(uint64_t ready_ns) noexcept {
    const uint64_t deadline_ns = std::min(ready_ns, reactor_->turn_ns() + rate_recheck_ns);
    if (!timer_.is_armed() || deadline_ns < timer_.deadline_ns) {
      reactor_->arm(timer_, deadline_ns);
    }
  }

  RateLimits& limits_;
  Owner& owner_;
  Reactor* reactor_ = nullptr;
  Lane reads_;
  Lane writes_;
  bool is_expediting_ = false;  // until nobody waits
  Timer timer_;
};

}  // namespace outrigger::core
