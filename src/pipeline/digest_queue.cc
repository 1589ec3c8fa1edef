// Digests: the queue between data threads and control, and the lists made of it.
#include "pipeline/digest_queue.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace outrigger::pipeline {

DigestQueue::DigestQueue(uint32_t message_bytes, uint32_t messages)
    : message_bytes_(message_bytes),
      mask_(std::bit_ceil(std::clamp(messages, 2U, digest_messages_max)) - 1),
      turns_(mask_ + 1),
      bytes_((mask_ + 1) * message_bytes) {
  check(message_bytes <= digest_bytes_max, "a digest message is at most digest_bytes_max long");
  for (uint64_t i = 0; i <= mask_; ++i) {
    turns_[i].store(i, std::memory_order_relaxed);
  }
}

bool DigestQueue::push(std::span<const uint8_t> message) noexcept {
  check(message.size() == message_bytes_, "a digest message has its type's size");
  uint64_t at = write_at_.load(std::memory_order_relaxed);
  for (;;) {  // each turn another thread's message has gone in
    const uint64_t turn = turns_[at & mask_].load(std::memory_order_acquire);
    if (turn == at) {
      if (write_at_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
        break;
      }
    } else if (turn < at) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return false;
    } else {
      at = write_at_.load(std::memory_order_relaxed);
    }
  }
  std::ranges::copy(message, bytes_of(at));
  turns_[at & mask_].store(at + 1, std::memory_order_release);
  return true;
}

bool DigestQueue::pop(DigestMessage& message) {
  std::atomic<uint64_t>& turn = turns_[read_at_ & mask_];
  if (turn.load(std::memory_order_acquire) != read_at_ + 1) {
    return false;
  }
  message.assign(bytes_of(read_at_), bytes_of(read_at_) + message_bytes_);
  turn.store(read_at_ + mask_ + 1, std::memory_order_release);
  ++read_at_;
  return true;
}

void DigestLists::forget(std::map<uint64_t, Sent>::iterator sent) {
  for (const DigestMessage& message : sent->second.messages) {
    known_.erase(message);
  }
  sent_.erase(sent);
}

void DigestLists::acknowledge(uint64_t list) {
  if (const auto sent = sent_.find(list); sent != sent_.end()) {
    forget(sent);
  }
}

std::optional<DigestList> DigestLists::collect(uint64_t now_ns) {
  while (!sent_.empty() &&
         (sent_.size() >= digest_lists_max || now_ns - sent_.begin()->second.at_ns >= options_.ack_timeout_ns)) {
    forget(sent_.begin());
  }
  const size_t most = std::clamp(options_.list_size_max, 1U, digest_messages_max);
  DigestMessage message;
  while (waiting_.size() < most && queue_.pop(message)) {
    if (known_.insert(message).second) {
      waiting_since_ns_ = waiting_.empty() ? now_ns : waiting_since_ns_;
      waiting_.push_back(std::move(message));
    }
  }
  if (waiting_.empty() || (waiting_.size() < most && now_ns - waiting_since_ns_ < options_.timeout_ns_max)) {
    return std::nullopt;
  }
  DigestList list{.id = next_list_++, .timestamp_ns = now_ns, .messages = std::move(waiting_)};
  waiting_.clear();
  sent_[list.id] = {now_ns, list.messages};
  return list;
}

}  // namespace outrigger::pipeline
