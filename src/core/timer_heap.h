// TimerHeap: the armed timers of one reactor, earliest first; a 4-ary heap of borrowed pointers in which every timer
// knows its place, so that moving and cancelling need no search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace outrigger::core {

struct Timer;

class TimerHeap {
 public:
  [[nodiscard]] bool is_empty() const noexcept { return heap_.empty(); }
  // The earliest; the heap must not be empty.
  [[nodiscard]] Timer& front() const noexcept { return *heap_.front(); }
  // Puts `timer` at `deadline_ns`, wherever it was before. Allocates when the heap grows.
  void arm(Timer& timer, uint64_t deadline_ns);
  // Takes it out; nothing happens when it is not armed.
  void cancel(Timer& timer) noexcept;

 private:
  void put(size_t index, Timer& timer) noexcept;
  void sift_up(size_t index) noexcept;
  void sift_down(size_t index) noexcept;

  std::vector<Timer*> heap_;
};

}  // namespace outrigger::core
