// Quiescence: when may memory be used again that data threads may still be reading? When each of them has passed
// between two bursts since it was taken out of reach. Readers take no lock and write one word a burst.
//
// A data thread: join(), then announce() between any two bursts; leave() before it sleeps or ends, join() when it is
// back. Between announce() and announce() it may keep pointers it read from tables; not beyond. The control plane:
// takes something out of reach, then retire()s it. Any thread may, since retire() takes a mutex.
#pragma once

#include "pipeline/limits.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace outrigger::pipeline {

class Quiescence {
 public:
  // Frees `value` for `owner`; both mean what the one who retired it says. Runs under the mutex: must not retire.
  using Free = void (*)(void* owner, uint64_t value) noexcept;

  Quiescence() = default;
  ~Quiescence();
  Quiescence(const Quiescence&) = delete;
  Quiescence& operator=(const Quiescence&) = delete;

  // The calling thread reads from now on. nullopt: data_threads_max threads do already. The number is also the thread's
  // shard of counters.
  [[nodiscard]] std::optional<uint32_t> join();
  void leave(uint32_t thread);
  // Between two bursts: `thread` holds nothing that it read before.
  void announce(uint32_t thread) noexcept {
    places_[thread].seen.store(now_.load(std::memory_order_acquire), std::memory_order_release);
  }

  // `value` is out of reach of who looks from now on: frees it when all have passed.
  void retire(Free free, void* owner, uint64_t value);
  // Frees what can be freed; how many that were.
  size_t reclaim();
  // Frees everything of `owner` at once: nobody reads what belongs to it any more.
  void drain(const void* owner);
  [[nodiscard]] size_t retired_count();
  // True when everything that was retired before `since` (a mark()) can be freed: all have passed.
  [[nodiscard]] uint64_t mark();
  [[nodiscard]] bool has_passed(uint64_t since);

 private:
  static constexpr uint64_t absent = UINT64_MAX;
  struct alignas(64) Place {
    std::atomic<uint64_t> seen{absent};
    bool is_taken = false;
  };
  struct Retired {
    uint64_t moment;
    Free free;
    void* owner;
    uint64_t value;
  };
  [[nodiscard]] uint64_t passed_by_all() const noexcept;
  size_t reclaim_locked(size_t most);

  alignas(64) std::atomic<uint64_t> now_{1};
  std::array<Place, data_threads_max> places_;
  std::mutex mutex_;  // guards what follows, and that nobody joins while control looks at who is there
  std::deque<Retired> retired_;
};

}  // namespace outrigger::pipeline
