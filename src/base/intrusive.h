// IntrusiveQueue: a first-in-first-out list of objects that carry their own link (`T* next`). It never allocates
// and never owns; an object is in at most one queue at a time.
#pragma once

#include "base/check.h"

#include <cstddef>

namespace outrigger {

template <typename T>
class IntrusiveQueue {
 public:
  IntrusiveQueue() noexcept = default;
  IntrusiveQueue(const IntrusiveQueue&) = delete;
  IntrusiveQueue& operator=(const IntrusiveQueue&) = delete;

  [[nodiscard]] bool is_empty() const noexcept { return head_ == nullptr; }
  [[nodiscard]] size_t count() const noexcept { return count_; }
  [[nodiscard]] T* front() const noexcept { return head_; }

  void push_back(T& item) noexcept {
    item.next = nullptr;
    if (tail_ != nullptr) {
      tail_->next = &item;
    } else {
      head_ = &item;
    }
    tail_ = &item;
    ++count_;
  }

  void push_front(T& item) noexcept {
    item.next = head_;
    head_ = &item;
    if (tail_ == nullptr) {
      tail_ = &item;
    }
    ++count_;
  }

  // The oldest item, or nullptr.
  [[nodiscard]] T* pop_front() noexcept {
    T* const item = head_;
    if (item == nullptr) {
      return nullptr;
    }
    head_ = item->next;
    if (head_ == nullptr) {
      tail_ = nullptr;
    }
    item->next = nullptr;
    --count_;
    return item;
  }

  // Moves everything of `other` to the end of this queue.
  void splice_back(IntrusiveQueue& other) noexcept {
    check(&other != this);
    if (other.head_ == nullptr) {
      return;
    }
    if (tail_ != nullptr) {
      tail_->next = other.head_;
    } else {
      head_ = other.head_;
    }
    tail_ = other.tail_;
    count_ += other.count_;
    other.head_ = other.tail_ = nullptr;
    other.count_ = 0;
  }

 private:
  T* head_ = nullptr;
  T* tail_ = nullptr;
  size_t count_ = 0;
};

}  // namespace outrigger
