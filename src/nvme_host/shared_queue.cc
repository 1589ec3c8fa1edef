#include "nvme_host/shared_queue.h"

#include "base/check.h"
#include "nvme_host/limits.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme_host {
namespace {

constexpr uint8_t fuse_bits = 0x03;
constexpr uint32_t pair_commands = 2;

bool is_first_of_pair(const Command& command) noexcept {
  return (command.sqe.flags & fuse_bits) == static_cast<uint8_t>(nvme::Fuse::First);
}

}  // namespace

ShareDepths share_depths(uint32_t depth, size_t borrower_count) noexcept {
  const auto users = static_cast<uint32_t>(borrower_count + 1);
  const uint32_t borrower = std::max(depth / users, pair_commands);
  const uint32_t lent = borrower * (users - 1);
  return {.home = depth > lent + pair_commands ? depth - lent : std::min(depth, pair_commands), .borrower = borrower};
}

bool HomeShare::submit(Command& command) noexcept {
  PathQueue& queue = *shared_->queue;
  const uint32_t count = is_first_of_pair(command) ? pair_commands : 1;
  return in_flight_count() + count <= depth_ && queue.in_flight_count() + count <= queue.depth() &&
         queue.submit(command);
}

BorrowedShare::BorrowedShare(std::shared_ptr<SharedQueue> shared, core::Reactor& core, uint32_t depth)
    : shared_(std::move(shared)), core_(core), slots_(depth) {
  check(depth >= pair_commands, "a share holds a fused pair");
  for (Slot& slot : slots_) {
    slot.share = this;
    slot.command.owner = slot.message.owner = &slot;
    slot.command.done = [](Command& command) noexcept {
      auto& answered = *static_cast<Slot*>(command.owner);
      answered.share->answered(answered);
    };
    free_.push_back(slot);
  }
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<BorrowedShare*>(timer.owner)->submit_pending(); };
}

BorrowedShare::~BorrowedShare() {
  check(in_flight_ == 0 && !timer_.is_armed(), "a share has no commands under way when it goes");
}

// -- on the borrowing core

bool BorrowedShare::submit(Command& command) noexcept {
  const bool is_first = is_first_of_pair(command);
  if (!is_live_ || free_.count() < (is_first ? pair_commands : 1)) {
    return false;
  }
  Slot& slot = *free_.pop_front();
  slot.original = &command;
  slot.second = nullptr;
  slot.command.sqe = command.sqe;
  slot.command.direction = command.direction;
  slot.command.data_bytes = command.data_bytes;
  slot.command.iov = command.iov;
  slot.command.iov_count = command.iov_count;
  slot.message.run = [](core::Message& message) noexcept {
    auto& arrived = *static_cast<Slot*>(message.owner);
    arrived.share->arrived(arrived);
  };
  ++in_flight_;
  if (is_first) {
    check(first_ == nullptr, "the second of a pair follows its first");
    first_ = &slot;
    return true;
  }
  if (Slot* const first = std::exchange(first_, nullptr)) {
    first->second = &slot;
    shared_->home.post(first->message);
  } else {
    shared_->home.post(slot.message);
  }
  return true;
}

void BorrowedShare::came_back(Slot& slot) noexcept {
  is_live_ = is_live_ && !slot.is_over;
  Command& original = *std::exchange(slot.original, nullptr);
  const nvme::Status status = slot.command.status;
  const uint64_t result = slot.command.result;
  free_.push_front(slot);
  --in_flight_;
  original.complete(status, result);  // the share may be gone now
}

// -- on the home core

void BorrowedShare::arrived(Slot& slot) noexcept {
  pending_.push_back(slot);
  if (pending_.count() == 1) {
    submit_pending();
  }
}

bool BorrowedShare::try_submit(Slot& slot) noexcept {
  PathQueue& queue = *shared_->queue;
  Slot* const second = slot.second;
  const uint32_t count = second != nullptr ? pair_commands : 1;
  if (queue.in_flight_count() + count > queue.depth() || !queue.submit(slot.command)) {
    return false;
  }
  ++shared_->lent;
  if (second == nullptr) {
    return true;
  }
  ++shared_->lent;
  // Only a connection that ended in between can refuse it; the first comes back and says so.
  if (!queue.submit(second->command)) {
    second->command.complete(nvme::Status::retryable(nvme::StatusCode::AbortFailedFused));
  }
  return true;
}

void BorrowedShare::submit_pending() noexcept {
  core::Reactor& home = shared_->home;
  while (!pending_.is_empty()) {
    if (!shared_->queue->is_live()) {
      break;
    }
    Slot& slot = *pending_.pop_front();
    if (!try_submit(slot)) {
      pending_.push_front(slot);
      // Ours that come back make room; where there are none, others fill the queue.
      home.arm(timer_, home.turn_ns() + share_recheck_ns);
      return;
    }
  }
  if (timer_.is_armed()) {
    home.cancel(timer_);
  }
  IntrusiveQueue<Slot> rejected;
  rejected.splice_back(pending_);
  while (Slot* const slot = rejected.pop_front()) {
    reject(*slot);
  }
}

void BorrowedShare::answered(Slot& slot) noexcept {
  --shared_->lent;
  slot.is_over = !shared_->queue->is_live();
  submit_pending();
  give_back(slot);
}

void BorrowedShare::give_back(Slot& slot) noexcept {
  slot.message.run = [](core::Message& message) noexcept {
    auto& back = *static_cast<Slot*>(message.owner);
    back.share->came_back(back);
  };
  slot.share->core_.post(slot.message);
}

// It was never sent, and the status is one of those that say that nothing was done.
void BorrowedShare::reject(Slot& slot) noexcept {
  Slot* const second = slot.second;
  slot.is_over = true;
  slot.command.status = nvme::Status::retryable(nvme::StatusCode::AnaTransition);
  slot.command.result = 0;
  if (second != nullptr) {
    second->is_over = true;
    second->command.status = slot.command.status;
    second->command.result = 0;
  }
  give_back(slot);
  if (second != nullptr) {
    give_back(*second);
  }
}

}  // namespace outrigger::nvme_host
