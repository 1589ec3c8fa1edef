// Fused Compare and Write (Base 2.0, 3.4.2; NVM Command Set 1.0, 3.1): two commands that came one right after the
// other are one at the block seam. What belongs together is decided in the order of arrival, in prepare(); the data of
// either may come late, or never. The pair starts when both are there. A device that cannot compare and write in one
// request has it done step by step, under a lock: io_queue_pair.cc.
//
//   first prepared  →  fused_open_; whatever comes next closes it:
//     its second    →  both know each other (fused_peer)
//     anything else →  the first will end with Abort due to Missing Fused Command
//   one of a pair is refused, aborted or forgotten → the other will end with Abort due to Failed Fused Command
#include "base/check.h"
#include "nvme/io_queue.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {
namespace {

constexpr Status missing = Status::retryable(StatusCode::AbortMissingFused);
constexpr Status failed = Status::retryable(StatusCode::AbortFailedFused);

}  // namespace

Status IoQueue::prepare_fused(Command& command) noexcept {
  const Fuse fuse = command.sqe.fuse();
  Command* const first = std::exchange(fused_open_, nullptr);
  const bool was_refused = std::exchange(is_fused_first_refused_, false);
  has_fused_state_ = false;
  if (fuse == Fuse::Second) {
    return prepare_second(command, first, was_refused);
  }
  if (first != nullptr) {
    decide(*first, missing);
  }
  if (fuse == Fuse::Normal) {
    return admit(command, judge(command, rules()));
  }
  if (fuse != Fuse::First) {  // 11b is reserved
    return refuse(command, {Status::final(StatusCode::InvalidField), 1});
  }
  const Status status = admit(command, judge_fused(command, rules()));
  has_fused_state_ = true;
  is_fused_first_refused_ = !status.is_success();
  fused_open_ = status.is_success() ? &command : nullptr;
  return status;
}

Status IoQueue::prepare_second(Command& command, Command* first, bool was_first_refused) noexcept {
  if (first == nullptr) {
    return refuse(command, {was_first_refused ? failed : missing, nowhere});
  }
  Verdict verdict = judge_fused(command, rules());
  // NVM Command Set 3.1: pairs whose ranges differ are refused, both.
  const bool is_mismatch = verdict.status.is_success() && !is_pair(*first, command);
  if (is_mismatch) {
    verdict = {Status::final(StatusCode::InvalidField), 40};
  }
  const Status status = admit(command, verdict);
  if (!status.is_success()) {
    decide(*first, is_mismatch ? Status::final(StatusCode::InvalidField) : failed);
    return status;
  }
  first->fused_peer = &command;
  command.fused_peer = first;
  return status;
}

// `outcome` is how it will end; now, or when its data are there.
void IoQueue::decide(Command& command, Status outcome) noexcept {
  IoWork& work = command.work;
  work.outcome = outcome;
  work.has_outcome = true;
  work.version = 0;
  if (work.phase == IoPhase::Waiting) {
    park(command);
  } else if (work.phase == IoPhase::Held) {
    gate_.remove(command);
    park(command);
  } else if (work.phase == IoPhase::Starved) {
    take_out(starved_, command);
    park(command);
  } else if (work.phase == IoPhase::Locked) {
    const size_t locked_count = locked_.count();
    take_out(locked_, command);
    if (locked_.count() != locked_count) {  // else it goes on already
      park(command);
    }
  }
}

// Out of the middle.
void IoQueue::take_out(IntrusiveQueue<Command>& queue, Command& command) noexcept {
  IntrusiveQueue<Command> others;
  while (Command* const other = queue.pop_front()) {
    if (other != &command) {
      others.push_back(*other);
    }
  }
  queue.splice_back(others);
}

// It will not run: the other of the pair hears of it.
void IoQueue::leave_pair(Command& command, Status peer_outcome) noexcept {
  if (fused_open_ == &command) {  // the second has not come yet
    fused_open_ = nullptr;
    is_fused_first_refused_ = true;
    return;
  }
  Command* const peer = std::exchange(command.fused_peer, nullptr);
  if (peer != nullptr) {
    peer->fused_peer = nullptr;
    decide(*peer, peer_outcome);
  }
}

void IoQueue::execute_fused(Command& command) noexcept {
  command.work.phase = IoPhase::Waiting;
  Command* const peer = command.fused_peer;
  if (peer != nullptr && peer->work.phase == IoPhase::Waiting) {
    run_pair(command.work.kind == IoKind::FusedWrite ? command : *peer);
  }
}

// Both are allowed, or neither.
std::pair<Verdict, Verdict> IoQueue::judge_pair_again(Command& second) noexcept {
  Command& first = *second.fused_peer;
  Verdict of_first;
  Verdict of_second;
  if (first.work.version != version_ || second.work.version != version_) {
    of_first = judge_again(first);
    of_second = judge_again(second);
  }
  if (second.work.entry->can_compare_and_write && first.iov_count + second.iov_count > fused_pieces_max) {
    of_first = {Status::retryable(StatusCode::InternalError), nowhere};  // a transport that cuts finer than 4 KiB
  }
  if (!of_first.status.is_success() || !of_second.status.is_success()) {
    const Verdict no{failed, nowhere};
    of_first = of_first.status.is_success() ? no : of_first;
    of_second = of_second.status.is_success() ? no : of_second;
  }
  return {of_first, of_second};
}

// Both have their data.
void IoQueue::run_pair(Command& second) noexcept {
  Command& first = *second.fused_peer;
  const auto [of_first, of_second] = judge_pair_again(second);
  if (!of_first.status.is_success()) {
    give_up(first, of_first.status, of_first.location);
    give_up(second, of_second.status, of_second.location);
    return;
  }
  begin_work(first);
  begin_work(second);
  if (is_pair_under_way_) {
    first.work.phase = second.work.phase = IoPhase::Queued;
    pairs_.push_back(second);
  } else {
    start_pair(second);
  }
}

void IoQueue::start_pair(Command& second) noexcept {
  is_pair_under_way_ = true;
  // It may have waited for others.
  auto [of_first, of_second] = judge_pair_again(second);
  if (is_leaving_) {
    of_first = of_second = {Status::retryable(StatusCode::AbortSqDeletion), nowhere};
  }
  if (!of_first.status.is_success()) {
    end_pair(second, failure(*second.fused_peer, of_first.status, of_first.location),
             failure(second, of_second.status, of_second.location));
  } else if (second.work.entry->can_compare_and_write) {
    submit_pair(second);
  } else {
    lock_pair(second);
  }
}

void IoQueue::submit_pair(Command& second) noexcept {
  Command& first = *second.fused_peer;
  spend(int64_t{first.data_bytes} + second.data_bytes);
  first.work.phase = second.work.phase = IoPhase::AtDevice;
  iovec* const middle = std::copy_n(first.iov, first.iov_count, pair_iov_.get());
  std::copy_n(second.iov, second.iov_count, middle);
  block::Request& io = second.io;
  io.op = block::Op::CompareAndWrite;
  io.iov = pair_iov_.get();
  io.iov_count = first.iov_count + second.iov_count;
  io.push(&pair_done, this);
  second.work.entry->channel->submit(io);
}

void IoQueue::pair_done(block::Request& io) noexcept {
  auto& queue = *static_cast<IoQueue*>(io.popped().owner);
  Command& second = command_of(io);
  Command& first = *second.fused_peer;
  Status of_first;
  Status of_second;
  if (io.status == block::Status::Miscompare) {
    of_first = queue.failure(first, Status::final(StatusCode::CompareFailure), nowhere);
    of_second = queue.failure(second, failed, nowhere);
  } else if (io.status != block::Status::Ok) {
    of_first = queue.failure(first, failed, nowhere);
    of_second = queue.failure_of_io(second, io);
  }
  queue.end_pair(second, of_first, of_second);
}

void IoQueue::end_pair(Command& second, Status of_first, Status of_second) noexcept {
  Command& first = *second.fused_peer;
  is_pair_under_way_ = false;
  if (Command* const next = pairs_.pop_front()) {
    is_pair_under_way_ = true;
    park(*next);  // not from here: a device that completes inside submit() would have us recurse
  }
  finish(first, of_first);
  finish(second, of_second);
}

}  // namespace outrigger::nvme
