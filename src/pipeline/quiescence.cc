// Quiescence: moments are counted by `now_`; each data thread says up to which one it has passed.
#include "pipeline/quiescence.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::pipeline {

Quiescence::~Quiescence() { check(retired_.empty(), "tables go before their Quiescence"); }

std::optional<uint32_t> Quiescence::join() {
  // Under the mutex: whoever looked before this moment and found nobody had taken things out of reach before, too.
  const std::scoped_lock lock(mutex_);
  for (uint32_t i = 0; i < data_threads_max; ++i) {
    if (!places_[i].is_taken) {
      places_[i].is_taken = true;
      places_[i].seen.store(now_.load(std::memory_order_acquire), std::memory_order_release);
      return i;
    }
  }
  return std::nullopt;
}

void Quiescence::leave(uint32_t thread) {
  const std::scoped_lock lock(mutex_);
  check(places_[thread].is_taken, "a thread leaves once");
  places_[thread].seen.store(absent, std::memory_order_release);
  places_[thread].is_taken = false;
}

void Quiescence::retire(Free free, void* owner, uint64_t value) {
  const std::scoped_lock lock(mutex_);
  // Who loads the new moment (acquire) sees everything that was done before it (release).
  const uint64_t moment = now_.fetch_add(1, std::memory_order_acq_rel) + 1;
  retired_.push_back({moment, free, owner, value});
  if (retired_.size() % retired_before_reclaim == 0) {
    reclaim_locked(2 * retired_before_reclaim);  // more than came since the last time, and never much at once
  }
}

uint64_t Quiescence::passed_by_all() const noexcept {
  uint64_t least = absent;
  for (const Place& place : places_) {
    least = std::min(least, place.seen.load(std::memory_order_acquire));
  }
  return least;
}

size_t Quiescence::reclaim() {
  const std::scoped_lock lock(mutex_);
  return reclaim_locked(SIZE_MAX);
}

size_t Quiescence::reclaim_locked(size_t most) {
  const uint64_t passed = passed_by_all();
  size_t freed = 0;
  while (freed < most && !retired_.empty() && retired_.front().moment <= passed) {
    const Retired item = retired_.front();
    retired_.pop_front();
    item.free(item.owner, item.value);
    ++freed;
  }
  return freed;
}

void Quiescence::drain(const void* owner) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(retired_, [owner](const Retired& item) {
    if (item.owner != owner) {
      return false;
    }
    item.free(item.owner, item.value);
    return true;
  });
}

size_t Quiescence::retired_count() {
  const std::scoped_lock lock(mutex_);
  return retired_.size();
}

uint64_t Quiescence::mark() { return now_.fetch_add(1, std::memory_order_acq_rel) + 1; }

bool Quiescence::has_passed(uint64_t since) {
  const std::scoped_lock lock(mutex_);
  return passed_by_all() >= since;
}

}  // namespace outrigger::pipeline
