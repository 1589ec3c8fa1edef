// A Compare and Write that is done step by step, on devices that cannot do it in one request: its blocks are locked for
// all writers of the subsystem (pair_lock.h), read and compared piece by piece, written, and let go. Both commands are
// at work until they are.
//
// Nobody waits for ever for a pair that does not come on: while nothing of it is written it ends like any other command
// (decision 0015). Then it is torn when the namespace goes, and pair_write_ms_max after its transport.
#include "base/check.h"
#include "base/log.h"
#include "core/clock.h"
#include "nvme/io_queue.h"

#include <utility>

namespace outrigger::nvme {

void IoQueue::lock_pair(Command& second) noexcept {
  Command& first = *second.fused_peer;
  first.work.phase = second.work.phase = IoPhase::Pairing;
  pair_second_ = &second;
  is_asking_ = true;
  ticket_.blocks = {.lba = second.sqe.slba(), .block_count = second.sqe.block_count()};
  ticket_.home = reactor_;
  ticket_.owner = this;
  ticket_.granted = [](PairTicket& ticket) noexcept { static_cast<IoQueue*>(ticket.owner)->pair_locked(); };
  ticket_.released = [](PairTicket& ticket) noexcept { static_cast<IoQueue*>(ticket.owner)->pair_unlocked(); };
  ticket_.withdrawn = [](PairTicket& ticket) noexcept { static_cast<IoQueue*>(ticket.owner)->pair_withdrawn(); };
  second.work.entry->pair_leg->lock().take(ticket_);
}

void IoQueue::pair_locked() noexcept {
  is_asking_ = false;
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
  const bool is_first = &command != &second;
  if (!is_first && !status.is_success()) {
    tell_torn(command);
  }
  command.work.is_pair_step = false;
  command.work.phase = IoPhase::Pairing;
  if (is_first && status.is_success()) {
    // It may have been taken away meanwhile: nothing is written yet.
    if (const auto [of_first, of_second] = judge_pair_again(second); !of_first.status.is_success()) {
      give_back_memory(command);
      unlock_pair(failure(command, of_first.status, of_first.location),
                  failure(second, of_second.status, of_second.location));
      return;
    }
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
  if (is_withdrawing_) {
    is_unlocked_ = true;  // the lock still has a message of ours
  } else {
    finish_locked_pair();
  }
}

void IoQueue::finish_locked_pair() noexcept {
  reactor_->cancel(tear_timer_);
  Command& second = *std::exchange(pair_second_, nullptr);
  end_pair(second, pair_outcome_.first, pair_outcome_.second);
}

// From behind another pair, whose end nobody knows.
void IoQueue::withdraw_pair() noexcept {
  if (is_asking_ && !is_withdrawing_) {
    is_withdrawing_ = true;
    pair_second_->work.entry->pair_leg->lock().withdraw(ticket_);
  }
}

void IoQueue::pair_withdrawn() noexcept {
  is_withdrawing_ = false;
  if (std::exchange(is_unlocked_, false)) {
    finish_locked_pair();
  } else if (ticket_.was_waiting) {
    is_asking_ = false;
    reactor_->cancel(tear_timer_);
    start_pair(*std::exchange(pair_second_, nullptr));  // ends it, or asks again where all is as it was before
  }
}

// A part is there already, or may be: nobody knows that of the first of several pieces while it is with the device.
bool IoQueue::has_begun_to_write(const Command& command) noexcept {
  const IoWork& work = command.work;
  const bool is_only_piece = work.phase == IoPhase::AtDevice && command.io.lba == command.sqe.slba() &&
                             command.io.block_count == command.sqe.block_count();
  return work.is_pair_step && work.kind == IoKind::FusedWrite && command.position != 0 && !is_only_piece;
}

// The write of a pair ends with an error: was it given up when a part was there?
void IoQueue::tell_torn(const Command& write) noexcept {
  const bool is_torn = write.work.has_outcome && write.position != 0 &&
                       (has_begun_to_write(write) || write.io.status == block::Status::Ok);
  if (is_torn && context_.namespaces.may_log()) {
    log::warning("nvme",
                 "{}: namespace {}: a Compare and Write of {} blocks from {} on was given up when a part of it was "
                 "written: its volume did not answer, and its host has gone or may not use it any more",
                 context_.name, uint32_t{write.sqe.nsid}, write.sqe.block_count(), write.sqe.slba());
  }
}

// One of a pair of which both are at work, on a namespace of which nothing is left to its host. What has begun to write
// is torn only where the namespace does not come back.
void IoQueue::abandon_pair_at_work(Command& command, Status status) noexcept {
  const IoWork& work = command.work;
  if (work.is_pair_step) {
    if (work.kind == IoKind::FusedCompare || command.position == 0 || status.is_final()) {
      decide(command, status);
    }
  } else if (work.kind == IoKind::FusedWrite && work.phase == IoPhase::Pairing) {
    withdraw_pair();
  } else if (work.kind == IoKind::FusedWrite && work.phase == IoPhase::Queued) {
    const size_t queued_count = pairs_.count();
    take_out(pairs_, command);
    if (pairs_.count() != queued_count) {  // else its turn has come, and it is judged
      give_up(*command.fused_peer, status, nowhere);
      give_up(command, Status::retryable(StatusCode::AbortFailedFused), nowhere);
    }
  }
}

// The transport goes. What has begun to write may find its way, but not for ever.
void IoQueue::hurry_pair() noexcept {
  withdraw_pair();
  if (pair_second_ != nullptr && !tear_timer_.is_armed()) {
    tear_timer_.owner = this;
    tear_timer_.fire = [](core::Timer& timer) noexcept { static_cast<IoQueue*>(timer.owner)->tear_pair(); };
    reactor_->arm(tear_timer_, reactor_->clock().now_ns() + pair_write_ms_max * 1'000'000);
  }
}

void IoQueue::tear_pair() noexcept {
  Command& write = *pair_second_;
  if (!write.work.is_pair_step || write.work.has_outcome) {
    return;
  }
  decide(write, Status::retryable(StatusCode::AbortSqDeletion));
  if (write.work.phase == IoPhase::AtDevice) {
    write.io.flags |= block::flag::Abandoned;
    write.work.entry->channel->abandon();
  }
}

}  // namespace outrigger::nvme
