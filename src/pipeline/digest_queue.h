// Digests: messages that data threads send to the control plane. DigestQueue carries them across: bounded, and never
// waited for; what finds it full is dropped and counted. DigestLists makes the lists of P4Runtime 1.3 §17.2 of them.
#pragma once

#include "pipeline/limits.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace outrigger::pipeline {

using DigestMessage = std::vector<uint8_t>;

class DigestQueue {
 public:
  // Messages of `message_bytes` ≤ digest_bytes_max each; `messages` rounded up to a power of two ≤ digest_messages_max.
  DigestQueue(uint32_t message_bytes, uint32_t messages);

  // Any data thread. False: full, and dropped.
  bool push(std::span<const uint8_t> message) noexcept;
  // One thread at a time. The oldest message, into `message`; false: there is none.
  bool pop(DigestMessage& message);
  [[nodiscard]] uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] uint32_t message_bytes() const noexcept { return message_bytes_; }

 private:
  // Vyukov's bounded queue: a place may be written when its turn is the writer's position, and read one later.
  [[nodiscard]] uint8_t* bytes_of(uint64_t position) noexcept {
    return bytes_.data() + (position & mask_) * message_bytes_;
  }

  const uint32_t message_bytes_;
  const uint64_t mask_;
  std::vector<std::atomic<uint64_t>> turns_;
  std::vector<uint8_t> bytes_;
  alignas(64) std::atomic<uint64_t> write_at_{0};
  alignas(64) uint64_t read_at_ = 0;
  std::atomic<uint64_t> dropped_{0};
};

struct DigestList {
  uint64_t id = 0;
  uint64_t timestamp_ns = 0;
  std::vector<DigestMessage> messages;
};

// P4Runtime's DigestEntry.Config.
struct DigestOptions {
  uint64_t timeout_ns_max = 0;              // a message waits at most so long for others
  uint32_t list_size_max = 1;               // messages of one list
  uint64_t ack_timeout_ns = 1'000'000'000;  // after which a list that was not acknowledged counts as lost
};

// The control plane's side; one thread.
class DigestLists {
 public:
  DigestLists(DigestQueue& queue, const DigestOptions& options) : queue_(queue), options_(options) {}

  // The next list, when one is full or its time has come. A message that is in a list not acknowledged yet is not sent
  // again.
  std::optional<DigestList> collect(uint64_t now_ns);
  void acknowledge(uint64_t list);
  [[nodiscard]] size_t unacknowledged() const noexcept { return sent_.size(); }

 private:
  struct Sent {
    uint64_t at_ns;
    std::vector<DigestMessage> messages;
  };
  void forget(std::map<uint64_t, Sent>::iterator sent);

  DigestQueue& queue_;
  const DigestOptions options_;
  std::vector<DigestMessage> waiting_;
  uint64_t waiting_since_ns_ = 0;
  uint64_t next_list_ = 1;
  std::map<uint64_t, Sent> sent_;
  std::set<DigestMessage> known_;  // waiting or sent
};

}  // namespace outrigger::pipeline
