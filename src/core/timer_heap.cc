#include "core/timer_heap.h"

#include "core/reactor.h"

#include <algorithm>

namespace outrigger::core {
namespace {

// Four children: half the levels of a binary heap, and the siblings share a cache line.
constexpr size_t arity = 4;

}  // namespace

void TimerHeap::put(size_t index, Timer& timer) noexcept {
  heap_[index] = &timer;
  timer.heap_index = index;
}

void TimerHeap::sift_up(size_t index) noexcept {
  Timer& timer = *heap_[index];
  while (index > 0) {
    const size_t parent = (index - 1) / arity;
    if (heap_[parent]->deadline_ns <= timer.deadline_ns) {
      break;
    }
    put(index, *heap_[parent]);
    index = parent;
  }
  put(index, timer);
}

void TimerHeap::sift_down(size_t index) noexcept {
  Timer& timer = *heap_[index];
  for (;;) {
    const size_t first = index * arity + 1;
    if (first >= heap_.size()) {
      break;
    }
    size_t earliest = first;
    for (size_t child = first + 1; child < std::min(first + arity, heap_.size()); ++child) {
      if (heap_[child]->deadline_ns < heap_[earliest]->deadline_ns) {
        earliest = child;
      }
    }
    if (timer.deadline_ns <= heap_[earliest]->deadline_ns) {
      break;
    }
    put(index, *heap_[earliest]);
    index = earliest;
  }
  put(index, timer);
}

void TimerHeap::arm(Timer& timer, uint64_t deadline_ns) {
  check(timer.fire != nullptr, "a timer needs a function before it is armed");
  if (!timer.is_armed()) {
    timer.deadline_ns = deadline_ns;
    heap_.push_back(&timer);
    sift_up(heap_.size() - 1);
    return;
  }
  check(timer.heap_index < heap_.size() && heap_[timer.heap_index] == &timer, "a timer is armed on one reactor");
  const bool is_later = deadline_ns > timer.deadline_ns;
  timer.deadline_ns = deadline_ns;
  if (is_later) {
    sift_down(timer.heap_index);
  } else {
    sift_up(timer.heap_index);
  }
}

void TimerHeap::cancel(Timer& timer) noexcept {
  if (!timer.is_armed()) {
    return;
  }
  const size_t index = timer.heap_index;
  check(index < heap_.size() && heap_[index] == &timer, "a timer is cancelled where it was armed");
  Timer& last = *heap_.back();
  heap_.pop_back();
  timer.heap_index = SIZE_MAX;
  if (&last == &timer) {
    return;
  }
  put(index, last);
  sift_up(index);
  sift_down(last.heap_index);
}

}  // namespace outrigger::core
