// MessageQueue: many threads push, the owning core takes. Vyukov's intrusive queue: a push is one exchange and one
// store, never fails, never allocates, never waits for anybody.
#pragma once

#include "core/reactor.h"

#include <atomic>

namespace outrigger::core {

class MessageQueue {
 public:
  MessageQueue() noexcept = default;
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;

  // Any thread. Sequentially consistent, because what follows it at the sender is a look at "is the core asleep?",
  // and what precedes is_empty() at the core is "I am asleep": one of the two must see the other.
  void push(Message& message) noexcept {
    message.next_message.store(nullptr, std::memory_order_relaxed);
    Message* const before = newest_.exchange(&message, std::memory_order_seq_cst);
    before->next_message.store(&message, std::memory_order_release);
  }

  // The owner. The oldest message, or nullptr when there is none or a sender is in the middle of its push; the
  // message is out of the queue and may be pushed again at once.
  [[nodiscard]] Message* pop() noexcept {
    Message* oldest = oldest_;
    Message* next = oldest->next_message.load(std::memory_order_acquire);
    if (oldest == &stub_) {
      if (next == nullptr) {
        return nullptr;
      }
      oldest_ = oldest = next;
      next = oldest->next_message.load(std::memory_order_acquire);
    }
    if (next == nullptr) {
      if (newest_.load(std::memory_order_acquire) != oldest) {
        return nullptr;  // a push has exchanged but not linked yet: it will be here in a moment
      }
      push(stub_);  // so that the last real message can be taken out
      next = oldest->next_message.load(std::memory_order_acquire);
      if (next == nullptr) {
        return nullptr;
      }
    }
    oldest_ = next;
    return oldest;
  }

  // The owner. False also when a push is under way.
  [[nodiscard]] bool is_empty() const noexcept {
    return oldest_ == &stub_ && newest_.load(std::memory_order_seq_cst) == &stub_;
  }

 private:
  Message stub_;
  alignas(64) std::atomic<Message*> newest_{&stub_};  // the senders' end
  alignas(64) Message* oldest_ = &stub_;              // the core's end
};

}  // namespace outrigger::core
