// PairLock: makes a Compare and Write that is done step by step one operation for every writer (NVM Command Set 1.0,
// 3.1): a lock of the pair's blocks, on all cores of the subsystem, without a lock or an atomic operation in the way of
// any other command. One for each namespace whose device cannot do the pair in one request.
//
//   the pair's queue        the arbiter (one of the data cores)         every core
//   take() ───────────────▶ the next of those that wait ──────────────▶ PairLeg::lock(): from now on, whoever would
//                                                                        write these blocks waits in its queue
//   granted() ◀──────────── all have answered ◀───────────────────────── … and whoever does so already has ended
//   reads, compares, writes
//   give_back() ──────────▶ ──────────────────────────────────────────▶ PairLeg::unlock(): who waited goes on
//   released() ◀─────────── all have answered; the next one's turn ◀────
//
//   withdraw() ───────────▶ out of those that wait, if it is one
//   withdrawn() ◀──────────
//
// One pair of a namespace is at work at a time. A write that has waited is not asked again: it is ahead of the next
// pair, so that pairs cannot keep it out. At most one pair of each I/O queue waits.
//
// Made and destroyed by control, when nothing is at work on the namespace: a pair is at work until released().
#pragma once

#include "base/intrusive.h"
#include "core/reactor.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace outrigger::nvme {

class CoreNamespaces;
class PairLock;
struct Command;

struct LockedBlocks {
  uint64_t lba = 0;
  uint64_t block_count = 0;
};

// A queue's way to ask; its own, for one pair at a time.
struct PairTicket {
  using Told = void (*)(PairTicket&) noexcept;
  PairTicket* next = nullptr;
  LockedBlocks blocks{};
  core::Reactor* home = nullptr;  // where it is told
  Told granted = nullptr;
  Told released = nullptr;
  Told withdrawn = nullptr;
  void* owner = nullptr;
  PairLock* lock = nullptr;
  bool was_waiting = false;  // of withdrawn(): it will not be granted, and not be released
  core::Message message;
  core::Message withdrawal;
};

// What one core knows of the lock of one namespace. That core's thread, after it was made.
class PairLeg {
 public:
  PairLeg(PairLock& lock, CoreNamespaces& core, uint32_t nsid) noexcept;
  PairLeg(const PairLeg&) = delete;
  PairLeg& operator=(const PairLeg&) = delete;

  [[nodiscard]] const CoreNamespaces& core() const noexcept { return core_; }
  [[nodiscard]] PairLock& lock() noexcept { return lock_; }
  // Must this command wait? While NamespaceEntry::has_lock.
  [[nodiscard]] bool holds(const Command& command) const noexcept;
  // A command that IoQueue::await_writes() counted has ended.
  void awaited_ended() noexcept {
    if (--awaited_count_ == 0) {
      answer();
    }
  }

 private:
  friend class PairLock;
  void run() noexcept;
  void answer() noexcept;

  PairLock& lock_;
  CoreNamespaces& core_;
  const uint32_t nsid_;
  LockedBlocks blocks_{};
  uint64_t awaited_count_ = 0;
  bool is_locking_ = false;
  core::Message go_, back_;
};

class PairLock {
 public:
  // `cores`: of all data cores, in the same order for all namespaces; they outlive it.
  PairLock(uint32_t nsid, std::span<const std::unique_ptr<CoreNamespaces>> cores);
  PairLock(uint32_t nsid, CoreNamespaces& core);
  ~PairLock();
  PairLock(const PairLock&) = delete;
  PairLock& operator=(const PairLock&) = delete;

  [[nodiscard]] PairLeg& leg_of(const CoreNamespaces& core) noexcept;
  // -- on the ticket's home; `blocks`, `home`, `granted`, `released` and `owner` are filled in
  void take(PairTicket& ticket) noexcept;
  void give_back(PairTicket& ticket) noexcept;
  // After take(), any time before released(); answered by withdrawn(), until which the pair stays at work. Who has the
  // lock by then, or is next to get it, is told so at once and keeps it until it gives it back.
  void withdraw(PairTicket& ticket) noexcept;

 private:
  friend class PairLeg;
  // -- on the arbiter
  void asked(PairTicket& ticket) noexcept;
  void look_for(PairTicket& leaving) noexcept;
  void move_legs(bool is_locking) noexcept;
  void leg_answered() noexcept;

  core::Reactor& arbiter_;
  std::vector<std::unique_ptr<PairLeg>> legs_;
  IntrusiveQueue<PairTicket> waiting_;
  PairTicket* holder_ = nullptr;
  size_t unanswered_count_ = 0;
  bool is_locking_ = false;
};

}  // namespace outrigger::nvme
