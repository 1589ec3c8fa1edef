// LogQueue: finished lines on their way from any thread to the one that writes them. Bounded; whoever puts a line there
// never waits, for the writer or for others: where there is no room the line is counted as lost.
#pragma once

#include "base/log.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace outrigger::log {

class LogQueue {
 public:
  struct Line {
    Level level = Level::Info;
    std::chrono::system_clock::time_point time;
    std::string text;
  };

  // `capacity`: a power of two.
  explicit LogQueue(size_t capacity) : mask_(capacity - 1), slots_(capacity) {
    for (size_t i = 0; i < capacity; ++i) {
      slots_[i].turn.store(i, std::memory_order_relaxed);
    }
  }

  // Any thread. False: there was no room. Takes a slot by moving `tail_` and gives it to the reader by its turn.
  bool put(Level level, std::string_view room, std::string_view text) {
    size_t at = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[at & mask_];
      const size_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == at) {
        if (tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
          slot.line.level = level;
          slot.line.time = std::chrono::system_clock::now();
          slot.line.text.assign(room).append(": ").append(text);
          slot.turn.store(at + 1, std::memory_order_release);
          return true;
        }
      } else if (turn < at) {
        lost_count_.fetch_add(1, std::memory_order_relaxed);
        return false;
      } else {
        at = tail_.load(std::memory_order_relaxed);
      }
    }
  }
  // One thread: the oldest line into `line`; false when there is none.
  bool take(Line& line) {
    const size_t at = head_.load(std::memory_order_relaxed);
    Slot& slot = slots_[at & mask_];
    if (slot.turn.load(std::memory_order_acquire) != at + 1) {
      return false;
    }
    std::swap(line, slot.line);
    slot.turn.store(at + slots_.size(), std::memory_order_release);
    head_.store(at + 1, std::memory_order_relaxed);
    return true;
  }
  // Lines that were lost since the last question.
  uint64_t take_lost_count() noexcept { return lost_count_.exchange(0, std::memory_order_relaxed); }
  [[nodiscard]] size_t put_count() const noexcept { return tail_.load(std::memory_order_relaxed); }

 private:
  struct Slot {
    std::atomic<size_t> turn{0};  // == place: free; == place + 1: full
    Line line;
  };
  const size_t mask_;
  std::vector<Slot> slots_;
  alignas(64) std::atomic<size_t> tail_{0};
  std::atomic<uint64_t> lost_count_{0};
  alignas(64) std::atomic<size_t> head_{0};
};

}  // namespace outrigger::log
