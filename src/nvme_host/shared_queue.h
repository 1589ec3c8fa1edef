// SharedQueue: one I/O queue for several data cores, when a target grants fewer queues than there are cores. The queue
// lives on its home core, as always. Each core has its share of it, a PathQueue like any other: the home core's goes
// straight to the queue, a borrowing core's hands each command over in a message and gets it back in one, so that
// nothing is locked and every command completes where it was submitted. Shares bound how many commands each core may
// have in flight, so that nobody starves; those of the borrowers are rounded up to what a fused pair needs, and what
// finds the queue full therefore waits at home, in order.
#pragma once

#include "base/intrusive.h"
#include "core/reactor.h"
#include "nvme_host/path_queue.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::nvme_host {

// What home and borrowers know of one queue.
struct SharedQueue {
  std::shared_ptr<PathQueue> queue;
  core::Reactor& home;
  uint32_t lent = 0;  // commands of borrowers that the queue holds; home core only
};

// The home core's share.
class HomeShare final : public PathQueue {
 public:
  HomeShare(std::shared_ptr<SharedQueue> shared, uint32_t depth) noexcept : shared_(std::move(shared)), depth_(depth) {}

  // Takes the first command of a fused pair only with room for both: borrowers may have filled the queue.
  bool submit(Command& command) noexcept override;
  bool is_live() const noexcept override { return shared_->queue->is_live(); }
  uint32_t in_flight_count() const noexcept override { return shared_->queue->in_flight_count() - shared_->lent; }
  uint32_t depth() const noexcept override { return depth_; }

 private:
  std::shared_ptr<SharedQueue> shared_;
  uint32_t depth_;
};

// A borrowing core's. Whoever has commands in flight on it keeps it alive until the last of them has completed; it may
// be let go of inside that completion, on any core.
class BorrowedShare final : public PathQueue {
 public:
  BorrowedShare(std::shared_ptr<SharedQueue> shared, core::Reactor& core, uint32_t depth);
  ~BorrowedShare() override;
  BorrowedShare(const BorrowedShare&) = delete;
  BorrowedShare& operator=(const BorrowedShare&) = delete;

  // PathQueue. The second command of a fused pair follows its first in the same breath.
  bool submit(Command& command) noexcept override;
  bool is_live() const noexcept override { return is_live_; }
  uint32_t in_flight_count() const noexcept override { return in_flight_; }
  uint32_t depth() const noexcept override { return static_cast<uint32_t>(slots_.size()); }

  // Takes no more commands. On the borrowing core.
  void close() noexcept { is_live_ = false; }

 private:
  // A command under way; it belongs to the core that it was posted to last.
  struct Slot {
    BorrowedShare* share = nullptr;
    Slot* next = nullptr;
    Slot* second = nullptr;       // of a fused pair, whose first this is
    Command* original = nullptr;  // the borrower's
    Command command;              // what the queue gets
    core::Message message;
    bool is_over = false;  // the queue was no longer live when it came back
  };

  // -- on the home core
  void arrived(Slot& slot) noexcept;
  [[nodiscard]] bool try_submit(Slot& slot) noexcept;
  void submit_pending() noexcept;
  void answered(Slot& slot) noexcept;
  // Sends it back. Nothing of the share may be touched after the last one went.
  static void give_back(Slot& slot) noexcept;
  static void reject(Slot& slot) noexcept;

  // -- on the borrowing core
  void came_back(Slot& slot) noexcept;

  const std::shared_ptr<SharedQueue> shared_;
  core::Reactor& core_;
  std::vector<Slot> slots_;
  // The borrowing core's.
  IntrusiveQueue<Slot> free_;
  Slot* first_ = nullptr;  // of a pair whose second is about to come
  uint32_t in_flight_ = 0;
  bool is_live_ = true;
  // The home core's.
  IntrusiveQueue<Slot> pending_;
  core::Timer timer_;
};

// How `queue` is shared by its home core and `borrower_count` others: depths of a borrower's share and of the home
// core's.
struct ShareDepths {
  uint32_t home;
  uint32_t borrower;
};
[[nodiscard]] ShareDepths share_depths(uint32_t depth, size_t borrower_count) noexcept;

}  // namespace outrigger::nvme_host
