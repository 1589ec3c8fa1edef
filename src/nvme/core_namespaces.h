// CoreNamespaces: one data core's channels to the namespaces of one subsystem, shared by the subsystem's I/O queues on
// that core. Made and destroyed by control; everything else happens on the core's thread.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "block/device.h"
#include "core/reactor.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::nvme {

class IoQueue;
class PairLeg;
class PairLock;

// One namespace as a data core sees it: the channel, and of the device what every command asks, in one cache line.
struct alignas(64) NamespaceEntry {
  std::unique_ptr<block::Channel> channel;  // nullptr: not there
  const block::Device* device = nullptr;
  uint32_t block_bytes = 0;
  uint32_t transfer_bytes_max = 0;  // of one read or write; 0: no limit
  uint64_t discard_blocks_max = 0;  // of one discard; 0: no limit
  PairLeg* pair_leg = nullptr;      // of Compare and Write done step by step; nullptr: the device can do it in one
  uint32_t zeroes_bytes_max = 0;    // of one write-zeroes; less where they cost as much as a write
  uint8_t block_shift = 0;
  bool is_writable = false;
  bool can_discard = false;
  bool can_write_zeroes = false;
  bool can_compare_and_write = false;
  bool can_copy = false;
  bool leaves_reads_untouched = false;
  bool has_lock = false;  // a pair has locked blocks: whoever may write looks at pair_leg
};
static_assert(sizeof(NamespaceEntry) == 64);

class CoreNamespaces {
 public:
  using Entry = NamespaceEntry;

  CoreNamespaces(core::Reactor& reactor, uint32_t nsid_max) : reactor_(reactor), entries_(nsid_max) {}
  [[nodiscard]] uint32_t nsid_max() const noexcept { return static_cast<uint32_t>(entries_.size()); }
  // All namespaces must have been removed.
  ~CoreNamespaces();
  CoreNamespaces(const CoreNamespaces&) = delete;
  CoreNamespaces& operator=(const CoreNamespaces&) = delete;

  [[nodiscard]] core::Reactor& reactor() const noexcept { return reactor_; }

  // -- on the core's thread
  // Opens this core's channel. The namespace must not be there yet.
  // `pair_lock`: of a device that cannot compare and write in one request; borrowed.
  Result<void> add(uint32_t nsid, block::Device& device, PairLock* pair_lock);
  // Closes it; no queue of this core may have a command at work on it any more.
  void remove(uint32_t nsid);
  // nullptr: not there. Valid until it is removed.
  [[nodiscard]] Entry* find(uint32_t nsid) noexcept {
    Entry* const entry = nsid - 1 < entries_.size() ? &entries_[nsid - 1] : nullptr;
    return entry != nullptr && entry->channel != nullptr ? entry : nullptr;
  }
  // The queues that live here.
  void join(IoQueue& queue) { queues_.push_back(&queue); }
  void leave(IoQueue& queue) noexcept { std::erase(queues_, &queue); }
  [[nodiscard]] const std::vector<IoQueue*>& queues() const noexcept { return queues_; }
  // A line in the log that a host may cause.
  [[nodiscard]] bool may_log() noexcept { return limiter_.admit(reactor_.clock().now_ns()); }

 private:
  core::Reactor& reactor_;
  std::vector<Entry> entries_;
  std::vector<IoQueue*> queues_;
  log::Limiter limiter_;
};

}  // namespace outrigger::nvme
