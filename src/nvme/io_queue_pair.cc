// A Compare and Write that is done step by step, on devices that cannot do it in one request: its blocks are locked for
// all writers of the subsystem (pair_lock.h), read and compared piece by piece, written, and let go. Both commands are
// at work until they are.
#include "base/check.h"
#include "nvme/io_queue.h"

#include <utility>

namespace outrigger::nvme {

void IoQueue::lock_pair(Command& second) noexcept {
  Command& first = *second.fused_peer;
  first.work.phase = second.work.phase = IoPhase::Pairing;
  pair_second_ = &second;
  ticket_.blocks = {.lba = second.sqe.slba(), .block_count = second.sqe.block_count()};
  ticket_.home = reactor_;
  ticket_.owner = this;
  ticket_.granted = [](PairTicket& ticket) noexcept { static_cast<IoQueue*>(ticket.owner)->pair_locked(); };
  ticket_.released = [](PairTicket& ticket) noexcept { static_cast<IoQueue*>(ticket.owner)->pair_unlocked(); };
  second.work.entry->pair_leg->lock().take(ticket_);
}

void IoQueue::pair_locked() noexcept {
  Command& second = *pair_second_;
  Command& first = *second.fused_peer;
  auto [of_first, of_second] = judge_pair_again(second);
  if (is_leaving_) {
    of_first = of_second = {Status::retryable(StatusCode::AbortSqDeletion), nowhere};
  }
  if (!of_first.status.is_success()) {
    unlock_pair(failure(first, of_first.status, of_first.location),
                failure(second, of_second.status, of_second.location));
    return;
  }
  begin_steps(first);
  first.work.is_pair_step = true;
  first.work.is_submitting = false;
  if (get_memory(first)) {
    run_steps(first);
  }
}

// Instead of the end of one of the two, which have to wait for the lock to be given back.
void IoQueue::pair_step_ended(Command& command, Status status) noexcept {
  Command& second = *pair_second_;
  command.work.is_pair_step = false;
  command.work.phase = IoPhase::Pairing;
  const bool is_first = &command != &second;
  if (is_first && status.is_success()) {
    second.work.memory = std::exchange(command.work.memory, nullptr);
    begin_steps(second);
    second.work.is_pair_step = true;
    second.work.is_submitting = false;
    run_steps(second);
    return;
  }
  if (command.work.memory != nullptr) {
    give_back_memory(command);
  }
  const Status failed = Status::retryable(StatusCode::AbortFailedFused);
  if (is_first) {
    unlock_pair(status, failure(second, failed, nowhere));
  } else {
    unlock_pair(status.is_success() ? status : failure(*second.fused_peer, failed, nowhere), status);
  }
}

void IoQueue::unlock_pair(Status of_first, Status of_second) noexcept {
  pair_outcome_ = {of_first, of_second};
  pair_second_->work.entry->pair_leg->lock().give_back(ticket_);
}

void IoQueue::pair_unlocked() noexcept {
  Command& second = *std::exchange(pair_second_, nullptr);
  end_pair(second, pair_outcome_.first, pair_outcome_.second);
}

}  // namespace outrigger::nvme
