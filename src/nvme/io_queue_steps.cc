// Commands that are done step by step: one request at the block seam after the other, as far as a turn's share goes.
#include "base/check.h"
#include "core/buffer_pool.h"
#include "nvme/io_queue.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

void IoQueue::start_steps(Command& command) noexcept {
  IoWork& work = command.work;
  work.is_submitting = false;
  begin_steps(command);
  if (work.kind == IoKind::Discard || work.kind == IoKind::Hint || work.kind == IoKind::Copy) {
    uint32_t bad_range = 0;
    if (const Verdict verdict = judge_ranges(command, rules(), bad_range); !verdict.status.is_success()) {
      give_up(command, verdict.status, verdict.location, work.kind == IoKind::Copy ? bad_range : 0);
      return;
    }
    if (work.kind == IoKind::Hint || (work.kind == IoKind::Discard && !work.entry->can_discard)) {
      finish(command, {});  // advice (NVM Command Set 3.2.3)
      return;
    }
  }
  if (!needs_memory(command) || get_memory(command)) {
    run_steps(command);
  }
}

// Or it waits for some.
bool IoQueue::get_memory(Command& command) noexcept {
  IoWork& work = command.work;
  work.memory = starved_.is_empty() ? take_memory() : nullptr;
  if (work.memory == nullptr) {
    work.phase = IoPhase::Starved;
    starved_.push_back(command);
  }
  return work.memory != nullptr;
}

// Without recursion when the device finishes at once, until this turn's share is used up. Ends with the first error.
void IoQueue::run_steps(Command& command) noexcept {
  IoWork& work = command.work;
  for (;;) {
    if (!has_share()) {
      park(command);
      return;
    }
    const NextStep next = next_step(command, rules());
    if (next.step != Step::Submit) {
      if (next.step == Step::Done) {
        finish(command, {});
      } else {
        give_up(command, Status::final(StatusCode::InternalError), nowhere, step_result(command));
      }
      return;
    }
    block::Request& io = command.io;
    spend(step_cost(command));
    work.phase = IoPhase::AtDevice;
    work.has_step_done = false;
    work.is_submitting = true;
    if (io.op == block::Op::Read && next.entry->leaves_reads_untouched) {
      clear(io.iov, io.iov_count);
    }
    io.push(&step_done, this);
    next.entry->channel->submit(io);
    work.is_submitting = false;
    if (!work.has_step_done || !end_step(command)) {
      return;  // step_done goes on, or it has ended
    }
  }
}

void IoQueue::step_done(block::Request& io) noexcept {
  Command& command = command_of(io);
  command.work.has_step_done = true;
  if (command.work.is_submitting) {
    return;
  }
  auto& queue = *static_cast<IoQueue*>(io.popped().owner);
  if (queue.end_step(command)) {
    queue.run_steps(command);
  }
}

// Whether there is more to do.
bool IoQueue::end_step(Command& command) noexcept {
  const IoWork& work = command.work;
  if (command.io.status != block::Status::Ok) {
    finish(command, failure_of_io(command, command.io), step_result(command));
    return false;
  }
  Status status = judge_step(command);
  const bool is_pair_write = work.kind == IoKind::FusedWrite;  // which is not torn before that was decided
  const bool is_written = is_pair_write && command.position == command.sqe.block_count();
  if (status.is_success() && is_written) {
    finish(command, {});  // now: what was decided while it was at its last piece comes too late
    return false;
  }
  if (status.is_success() && work.has_outcome) {
    status = work.outcome;
  } else if (status.is_success() && is_leaving_ && !is_pair_write) {
    status = Status::retryable(StatusCode::AbortSqDeletion);
  }
  if (!status.is_success()) {
    give_up(command, status, nowhere, step_result(command));
    return false;
  }
  command.io.flags &= static_cast<uint8_t>(~block::flag::Abandoned);  // a pair's first step, which its device had
  return true;
}

// The first is the queue's own, the others come from the core's pool while it has some to spare.
StepMemory* IoQueue::take_memory() noexcept {
  const auto memory = std::ranges::find(memories_, false, &StepMemory::is_in_use);
  if (memory == memories_.end()) {
    return nullptr;
  }
  if (memory != memories_.begin()) {
    constexpr size_t count = step_bytes_max / core::BufferPool::buffer_bytes;
    if (!reactor_->has_buffers() || reactor_->buffers().free_count() < 2 * count) {
      return nullptr;
    }
    for (size_t i = 0; i < count; ++i) {
      memory->pieces[i] = {.iov_base = reactor_->buffers().take(), .iov_len = core::BufferPool::buffer_bytes};
    }
    memory->piece_count = count;
    memory->bytes = step_bytes_max;
  }
  memory->is_in_use = true;
  return &*memory;
}

void IoQueue::give_back_memory(Command& command) noexcept {
  StepMemory& memory = *std::exchange(command.work.memory, nullptr);
  if (&memory != &memories_.front()) {
    for (uint32_t i = 0; i < memory.piece_count; ++i) {
      reactor_->buffers().give_back(static_cast<std::byte*>(memory.pieces[i].iov_base));
    }
  }
  memory.is_in_use = false;
  if (Command* const next = starved_.pop_front()) {
    next->work.memory = take_memory();
    check(next->work.memory != nullptr || &memory != &memories_.front(), "a memory of its own is free now");
    if (next->work.memory != nullptr) {
      park(*next);
    } else {
      starved_.push_front(*next);  // the pool is nearly empty; who has the queue's own will call again
    }
  }
}

void IoQueue::park(Command& command) noexcept {
  if (command.work.phase != IoPhase::Queued && command.work.phase != IoPhase::Locked) {
    command.work.phase = IoPhase::Parked;
  }
  parked_.push_back(command);
  if (!is_polled_) {
    is_polled_ = true;
    reactor_->add(*this);
  }
}

uint32_t IoQueue::poll(uint64_t /*now_ns*/) noexcept {
  share_bytes_ = turn_bytes_max;
  uint32_t resumed = 0;
  // Each that was waiting gets its chance once, the longest waiting first.
  for (size_t count = parked_.count(); count != 0 && share_bytes_ > 0; --count) {
    Command* const command = parked_.pop_front();
    if (command == nullptr) {
      break;  // somebody's completion emptied it
    }
    ++resumed;
    resume(*command);
  }
  if (parked_.is_empty() && is_polled_) {
    is_polled_ = false;
    reactor_->remove(*this);
  }
  return resumed;
}

void IoQueue::resume(Command& command) noexcept {
  const IoWork& work = command.work;
  if (work.phase == IoPhase::Queued) {
    start_pair(command);
  } else if (work.has_outcome) {
    give_up(command, work.outcome, nowhere, step_result(command));
  } else if (work.kind == IoKind::Request) {
    submit_io(command);
  } else if (command.work.phase == IoPhase::Locked) {  // it has yet to begin
    command.work.phase = IoPhase::Parked;
    start_steps(command);
  } else {
    run_steps(command);
  }
}

}  // namespace outrigger::nvme
