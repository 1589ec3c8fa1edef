// The life of a command in an IoQueue, and what control orders.
#include "nvme/io_queue.h"

#include "base/check.h"
#include "base/counter.h"
#include "block/iov_cursor.h"
#include "core/clock.h"
#include "nvme/error_location.h"
#include "nvme/fabrics_format.h"
#include "nvme/nvm_format.h"

#include <algorithm>
#include <span>
#include <utility>

namespace outrigger::nvme {
namespace {

bool concerns(const Command& command, const FencedNamespaces& fenced) noexcept {
  return command.sqe.nsid == nsid_all || fenced.contains(command.sqe.nsid);
}

// Only of commands that name one; elsewhere these dwords mean something else.
uint64_t lba_of(const Sqe& sqe) noexcept {
  switch (static_cast<IoOpcode>(sqe.opcode)) {
    case IoOpcode::Read:
    case IoOpcode::Write:
    case IoOpcode::Compare:
    case IoOpcode::WriteZeroes:
    case IoOpcode::Verify:
    case IoOpcode::Copy: return sqe.slba();
    default: return 0;
  }
}

uint64_t blocks_bytes(const Command& command) noexcept {
  const NamespaceEntry* const entry = command.work.entry;
  return entry == nullptr ? 0 : uint64_t{command.sqe.block_count()} << entry->block_shift;
}

// Of a Dataset Management command that succeeded; 0 when it was advice.
uint64_t deallocated_bytes(const Command& command) noexcept {
  if (command.work.kind != IoKind::Discard || !command.work.entry->can_discard) {
    return 0;
  }
  block::IovCursor data(command.iov);
  uint64_t block_count = 0;
  for (size_t i = 0; i < command.data_bytes / sizeof(DatasetRange); ++i) {
    DatasetRange range;
    data.gather(reinterpret_cast<std::byte*>(&range), sizeof range);
    block_count += range.block_count;
  }
  return block_count << command.work.entry->block_shift;
}

constexpr size_t step_memory_alignment = 4096;

IoQueueContext with_limits(IoQueueContext context) {
  if (context.limits == nullptr) {
    context.limits = std::make_shared<core::RateLimits>();
  }
  return context;
}

}  // namespace

IoQueue::IoQueue(IoQueueContext context)
    : context_(with_limits(std::move(context))),
      reactor_(&context_.control),
      slots_(std::make_unique<Command*[]>(queue_entries_max)),
      free_slots_(std::make_unique_for_overwrite<uint16_t[]>(queue_entries_max)),
      gate_(*context_.limits, *this),
      pair_iov_(std::make_unique_for_overwrite<iovec[]>(fused_pieces_max)),
      own_memory_(std::make_unique_for_overwrite<std::byte[]>(step_bytes_max + step_memory_alignment)) {
  for (uint16_t i = 0; i < queue_entries_max; ++i) {
    free_slots_[i] = static_cast<uint16_t>(queue_entries_max - 1 - i);
  }
  const auto start = reinterpret_cast<uintptr_t>(own_memory_.get());
  const size_t padding = (step_memory_alignment - start % step_memory_alignment) % step_memory_alignment;
  StepMemory& own = memories_.front();
  own.pieces.front() = {.iov_base = own_memory_.get() + padding, .iov_len = step_bytes_max};
  own.piece_count = 1;
  own.bytes = step_bytes_max;
}

IoQueue::~IoQueue() { check(!is_home_, "an I/O queue is detached before it is destroyed"); }

bool IoQueue::is_ready() const noexcept { return context_.keeper.is_authenticated(*this); }

void IoQueue::closed() noexcept { context_.keeper.queue_closed(*this); }

void IoQueue::attach() noexcept {
  check(!is_home_ && free_slot_count_ == queue_entries_max, "a queue goes home once, and with nothing at work");
  is_home_ = true;
  is_leaving_ = false;
  reactor_ = &home();
  gate_.attach(*reactor_);
  context_.namespaces.join(*this);
}

void IoQueue::detach() noexcept {
  check(is_home_ && free_slot_count_ == queue_entries_max, "a transport detaches when all commands have ended");
  if (is_polled_) {
    reactor_->remove(*this);
    is_polled_ = false;
  }
  reactor_->cancel(tear_timer_);
  gate_.detach();
  context_.namespaces.leave(*this);
  is_home_ = false;
}

Status IoQueue::prepare(Command& command) noexcept {
  counters_.last_command_ns.store(reactor_->turn_ns(), std::memory_order_relaxed);
  command.work.has_outcome = false;
  command.work.has_paid = false;
  command.work.start_ticks = core::recent_ticks != 0 ? core::recent_ticks : core::ticks();
  command.work.sequence = UINT64_MAX;
  command.fused_peer = nullptr;
  if (!is_home_) [[unlikely]] {
    return prepare_in_exile(command);
  }
  if (has_fused_state_ || command.sqe.fuse() != Fuse::Normal) [[unlikely]] {
    return prepare_fused(command);
  }
  return admit(command, judge(command, rules()));
}

// On the control reactor: the host has to authenticate before anything else (Base 8.13.2).
Status IoQueue::prepare_in_exile(Command& command) noexcept {
  const auto type = static_cast<FabricsType>(command.sqe.fctype());
  const bool is_fabrics = command.sqe.opcode == static_cast<uint8_t>(IoOpcode::Fabrics);
  if (is_fabrics && type == FabricsType::Connect) {
    return refuse(command, {Status::final(StatusCode::CommandSequenceError), nowhere});
  }
  if (!is_fabrics || (type != FabricsType::AuthenticationSend && type != FabricsType::AuthenticationReceive)) {
    return refuse(command, {Status::final(StatusCode::AuthenticationRequired), nowhere});
  }
  return admit(command, judge(command, rules()));
}

Status IoQueue::admit(Command& command, Verdict verdict) noexcept {
  if (!verdict.status.is_success()) [[unlikely]] {
    return refuse(command, verdict);
  }
  if (free_slot_count_ == 0) [[unlikely]] {  // more than the queue has entries: the transport's mistake
    return refuse(command, {Status::retryable(StatusCode::InternalError), nowhere});
  }
  IoWork& work = command.work;
  work.slot = free_slots_[--free_slot_count_];
  slots_[work.slot] = &command;
  work.version = version_;
  work.phase = IoPhase::Prepared;
  work.memory = nullptr;
  work.is_pair_step = false;
  work.is_awaited = false;
  return {};
}

Status IoQueue::refuse(const Command& command, Verdict verdict) noexcept {
  return failure(command, verdict.status, verdict.location);
}

// Counts an error and writes it down, when it is worth that.
Status IoQueue::failure(const Command& command, Status status, uint16_t location) noexcept {
  add_to(counters_.errors, 1);
  if (!is_worth_logging(status)) {
    return status;
  }
  const bool is_event = context_.error_log.add({.sqid = context_.qid,
                                                .cid = command.sqe.cid,
                                                .status = status.with_more(),
                                                .location = location,
                                                .lba = lba_of(command.sqe),
                                                .nsid = command.sqe.nsid});
  if (is_event) {
    tell_control_of_error();
  }
  return status.with_more();
}

void IoQueue::execute(Command& command) noexcept {
  IoWork& work = command.work;
  if (work.kind == IoKind::Request && work.version == version_ && share_bytes_ > 0 && gate_.is_open() &&
      !work.entry->has_lock) [[likely]] {
    begin_work(command);
    submit_io(command);
    return;
  }
  execute_slowly(command);
}

void IoQueue::execute_slowly(Command& command) noexcept {
  IoWork& work = command.work;
  if (work.has_outcome) {
    give_up(command, work.outcome, nowhere);
    return;
  }
  if (work.kind == IoKind::FusedCompare || work.kind == IoKind::FusedWrite) {
    if (may_pass(command)) {
      execute_fused(command);
    }
    return;
  }
  if (work.version != version_) {
    if (const Verdict verdict = judge_again(command); !verdict.status.is_success()) {
      give_up(command, verdict.status, verdict.location);
      return;
    }
  }
  if (work.kind == IoKind::Control) {
    send_to_control(command);
    return;
  }
  if (!may_pass(command)) {
    return;
  }
  begin_work(command);
  if (must_wait_for_pair(command)) {
    work.phase = IoPhase::Locked;
    command.position = 0;  // nothing of it has been done
    locked_.push_back(command);
  } else if (work.kind != IoKind::Request) {
    start_steps(command);
  } else if (has_share()) {
    submit_io(command);
  } else {
    park(command);
  }
}

// Asked once: who has waited is ahead of the next pair.
bool IoQueue::must_wait_for_pair(Command& command) noexcept {
  NamespaceEntry* const entry = command.work.entry;
  return entry != nullptr && entry->has_lock && entry->pair_leg->holds(command);
}

uint32_t IoQueue::await_writes(uint32_t nsid, const LockedBlocks& blocks) noexcept {
  if (free_slot_count_ == queue_entries_max) {
    return 0;
  }
  uint32_t count = 0;
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    Command* const command = slots_[i];
    if (command != nullptr && command->work.sequence != UINT64_MAX && command->sqe.nsid == nsid &&
        may_write(*command, blocks.lba, blocks.block_count)) {
      command->work.is_awaited = true;
      ++count;
    }
  }
  return count;
}

void IoQueue::go_on(uint32_t nsid) noexcept {
  IntrusiveQueue<Command> others;
  while (Command* const command = locked_.pop_front()) {
    if (command->sqe.nsid == nsid) {
      park(*command);
    } else {
      others.push_back(*command);
    }
  }
  locked_.splice_back(others);
}

// The loan is at work until it is returned: so nothing that a fence waits for goes while its data are being sent.
bool IoQueue::lend(Command& command) noexcept {
  IoWork& work = command.work;
  if (work.kind != IoKind::Request || work.version != version_ || share_bytes_ <= 0 || !is_home_ ||
      command.io.op != block::Op::Read || !gate_.is_open()) {
    return false;
  }
  const std::span<const std::byte> data = work.entry->channel->borrow(command.io.lba, command.io.block_count);
  if (data.empty()) {
    return false;
  }
  work.entry->channel->prefetch(command.io);
  begin_work(command);
  spend(command.data_bytes);
  work.phase = IoPhase::AtDevice;
  command.loan = {const_cast<std::byte*>(data.data()), data.size()};
  command.iov = &command.loan;
  command.iov_count = 1;
  command.status = {};
  command.result = 0;
  return true;
}

void IoQueue::returned(Command& command) noexcept {
  count(command, false);
  release_slot(command);
  if (!fences_.empty()) [[unlikely]] {
    settle_fences(command);
  }
}

// What the host may do, or the namespace itself, changed while its data were on their way.
Verdict IoQueue::judge_again(Command& command) noexcept {
  const uint32_t data_bytes = command.data_bytes;
  const bool is_fused = command.sqe.fuse() != Fuse::Normal;
  const Verdict verdict = is_fused ? judge_fused(command, rules()) : judge(command, rules());
  if (verdict.status.is_success() && command.data_bytes != data_bytes) {
    command.data_bytes = data_bytes;  // another namespace with another block size has this identifier now
    return {Status::final(StatusCode::InvalidNamespaceOrFormat), nowhere};
  }
  command.data_bytes = data_bytes;
  command.work.version = version_;
  return verdict;
}

// What is used up is filled again at a later turn: by poll(), or, when nothing is parked, here.
bool IoQueue::has_share() noexcept {
  if (share_bytes_ <= 0 && reactor_->turn_ns() != share_turn_ns_) {
    share_bytes_ = turn_bytes_max;
  }
  return share_bytes_ > 0;
}

void IoQueue::submit_io(Command& command) noexcept {
  NamespaceEntry& entry = *command.work.entry;
  block::Request& io = command.io;
  spend(command.data_bytes);
  command.work.phase = IoPhase::AtDevice;
  io.iov = command.iov;
  io.iov_count = command.iov_count;
  if (entry.leaves_reads_untouched && io.op == block::Op::Read) [[unlikely]] {
    clear(io.iov, io.iov_count);
  }
  io.push(&io_done, this);
  entry.channel->submit(io);
}

void IoQueue::io_done(block::Request& io) noexcept {
  auto& queue = *static_cast<IoQueue*>(io.popped().owner);
  Command& command = command_of(io);
  Status status;
  if (io.status != block::Status::Ok) [[unlikely]] {
    status = queue.failure_of_io(command, io);
  }
  queue.finish(command, status);
}

Status IoQueue::failure_of_io(const Command& command, const block::Request& io) noexcept {
  if (io.status == block::Status::IoError || io.status == block::Status::Integrity) {
    add_to(counters_.media_errors, 1);
  }
  return failure(command, to_status(io.status, io.op), nowhere);
}

// Reservations and authentication. The transport holds the queue until the command has ended, and the command ends here
// again: by then nobody on the control reactor knows the queue by this command any more.
void IoQueue::send_to_control(Command& command) noexcept {
  command.work.phase = IoPhase::AtControl;
  if (command.direction == Direction::ToHost) {
    clear(command.iov, command.iov_count);
  }
  if (!is_home_) {
    context_.keeper.execute_on_control(
        *this, command, [this, &command](Status status, uint64_t result) { control_done(command, status, result); });
    return;
  }
  context_.control.post([this, &command] {
    context_.keeper.execute_on_control(*this, command, [this, &command](Status status, uint64_t result) {
      home().post([this, &command, status, result] { control_done(command, status, result); });
    });
  });
}

void IoQueue::control_done(Command& command, Status status, uint64_t result) noexcept {
  if (!status.is_success()) {
    status = failure(command, status, control_error_location(command.sqe, status));
  }
  finish(command, status, result);
}

// A command that failed before or between its requests.
void IoQueue::give_up(Command& command, Status status, uint16_t location, uint64_t result) noexcept {
  finish(command, failure(command, status, location), result);
}

void IoQueue::finish(Command& command, Status status, uint64_t result) noexcept {
  if (command.work.is_pair_step) [[unlikely]] {
    pair_step_ended(command, status);
    return;
  }
  count(command, !status.is_success());
  if (command.work.memory != nullptr) [[unlikely]] {
    give_back_memory(command);
  }
  release_slot(command);
  if (!fences_.empty()) [[unlikely]] {
    settle_fences(command);
  }
  command.complete(status, result);
}

// What came is counted by what hosts asked for, not by what was made of it.
void IoQueue::count(const Command& command, bool is_error) noexcept {
  const uint64_t start = command.work.start_ticks;
  // Who ends in the turn that it came in, without a device's having looked at the clock, does so here: once for all
  // that end together.
  if (core::recent_ticks <= start) {
    core::recent_ticks = core::ticks();
  }
  const uint64_t duration_ns = core::ticks_to_ns(core::recent_ticks - std::min(start, core::recent_ticks));
  const auto add = [this, duration_ns, is_error](block::OpClass op_class, uint64_t bytes) {
    counters_.commands.by_class[static_cast<size_t>(op_class)].add(bytes, duration_ns, is_error);
  };
  const uint64_t without_data = is_error ? 0 : 1;
  switch (static_cast<IoOpcode>(command.sqe.opcode)) {
    case IoOpcode::Read:
    case IoOpcode::Compare:  // what is read as part of these counts as read (Base 2.0, figure 207: Data Units Read)
      add(block::OpClass::Read, command.data_bytes);
      break;
    case IoOpcode::Write: add(block::OpClass::Write, command.data_bytes); break;
    case IoOpcode::Verify: add(block::OpClass::Read, blocks_bytes(command)); break;
    case IoOpcode::WriteZeroes:
      add(block::OpClass::Unmap, blocks_bytes(command));
      add_to(counters_.writes_without_data, without_data);
      break;
    case IoOpcode::DatasetManagement: add(block::OpClass::Unmap, is_error ? 0 : deallocated_bytes(command)); break;
    case IoOpcode::Copy:
      add(block::OpClass::Other, 0);
      add_to(counters_.writes_without_data, without_data);
      break;
    case IoOpcode::Flush: add(block::OpClass::Flush, 0); break;
    default: break;
  }
}

void IoQueue::release_slot(Command& command) noexcept {
  slots_[command.work.slot] = nullptr;
  free_slots_[free_slot_count_++] = command.work.slot;
  if (command.work.is_awaited) [[unlikely]] {
    command.work.entry->pair_leg->awaited_ended();
  }
}

void IoQueue::settle_fences(const Command& command) noexcept {
  const uint64_t sequence = command.work.sequence;
  std::erase_if(fences_, [&](Fence& fence) {
    if (sequence > fence.sequence_max || !concerns(command, fence.fenced) || --fence.command_count != 0) {
      return false;
    }
    context_.control.post(*fence.answer);
    return true;
  });
}

void IoQueue::prefetch(const Command& command) noexcept {
  const IoWork& work = command.work;
  if (work.kind == IoKind::Request && work.version == version_) {
    work.entry->channel->prefetch(command.io);
  }
}

void IoQueue::forget(Command& command) noexcept {
  check(command.work.phase == IoPhase::Prepared, "a transport forgets what it has not executed");
  if (command.fused_peer != nullptr || fused_open_ == &command) {
    leave_pair(command, Status::retryable(StatusCode::AbortFailedFused));
  }
  release_slot(command);
}

void IoQueue::expedite() noexcept {
  const Status gone = Status::retryable(StatusCode::AbortSqDeletion);
  is_leaving_ = true;
  // Whoever waits in here is decided first, so that what completes below starts nothing more.
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    Command* const command = slots_[i];
    if (command != nullptr && (command->work.phase == IoPhase::Waiting || command->work.phase == IoPhase::Held)) {
      leave_pair(*command, Status::retryable(StatusCode::AbortFailedFused));
      decide(*command, gone);
    }
  }
  Command* pair_write = nullptr;
  for (;;) {
    Command* command = parked_.pop_front();
    command = command != nullptr ? command : starved_.pop_front();
    command = command != nullptr ? command : locked_.pop_front();
    if (command == nullptr) {
      break;
    }
    if (command->work.phase == IoPhase::Queued) {
      start_pair(*command);
    } else if (has_begun_to_write(*command) && !command->work.has_outcome) {
      pair_write = command;
    } else {
      give_up(*command, command->work.has_outcome ? command->work.outcome : gone, nowhere, step_result(*command));
    }
  }
  if (pair_write != nullptr) {
    park(*pair_write);  // is not torn yet
  }
  // The host takes what has not reached a device by now for something that never will (Base 2.0, 3.6: the association
  // is over), and sends it again: it shall not come behind what the host sends after that.
  abandon([](const Command&) { return true; });
  hurry_pair();
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    Command* const command = slots_[i];
    if (command != nullptr && command->work.phase == IoPhase::AtDevice) {
      command->work.entry->channel->expedite();
    }
  }
  tell_control_to_hurry();
}

// Whichever of those with a device have not reached it end. The write of a pair of which a part is done is not torn
// before that was decided: it goes on, and holds off whoever would write its blocks.
template <typename Which>
void IoQueue::abandon(Which is_meant) noexcept {
  const auto may_end = [&is_meant](const Command* command) {
    return command != nullptr && command->work.phase == IoPhase::AtDevice &&
           (command->work.has_outcome || !has_begun_to_write(*command)) && is_meant(*command);
  };
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    if (may_end(slots_[i])) {
      slots_[i]->io.flags |= block::flag::Abandoned;
    }
  }
  const NamespaceEntry* abandoned = nullptr;
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    if (may_end(slots_[i]) && slots_[i]->work.entry != abandoned) {
      abandoned = slots_[i]->work.entry;
      abandoned->channel->abandon();
    }
  }
}

// An authentication may wait for its turn there, and a reservation for others' commands.
void IoQueue::tell_control_to_hurry() noexcept {
  const bool is_asked = std::ranges::any_of(std::span(slots_.get(), queue_entries_max), [](const Command* command) {
    return command != nullptr && command->work.phase == IoPhase::AtControl;
  });
  if (!is_asked) {
    return;
  }
  if (!is_home_) {
    context_.keeper.queue_leaves(*this);
  } else {
    context_.control.post([this] { context_.keeper.queue_leaves(*this); });
  }
}

// No more often than the host reads its log.
void IoQueue::tell_control_of_error() noexcept {
  if (!is_home_) {
    context_.keeper.error_happened();
  } else {
    context_.control.post([this] { context_.keeper.error_happened(); });  // before what lets go of this queue
  }
}

void IoQueue::replace_access(std::shared_ptr<const AccessTable> access) noexcept {
  context_.access = std::move(access);
  ++version_;
}

void IoQueue::fence(const FencedNamespaces& fenced, core::Message& answer) noexcept {
  Fence fence{.sequence_max = sequence_, .fenced = fenced, .command_count = 0, .answer = &answer};
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    const Command* const command = slots_[i];
    if (command != nullptr && command->work.sequence <= fence.sequence_max && concerns(*command, fenced)) {
      ++fence.command_count;
    }
  }
  if (fence.command_count == 0) {
    context_.control.post(answer);
    return;
  }
  // What only waits for a limit of its namespace goes now; it pays all the same. Until then the fence waits for us,
  // too: who gets its answer may let go of this queue.
  ++fence.command_count;
  fences_.push_back(fence);
  const NamespaceEntry* expedited = nullptr;
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    const Command* const command = slots_[i];
    if (command != nullptr && command->work.phase == IoPhase::AtDevice && concerns(*command, fenced) &&
        command->work.entry != expedited) {
      expedited = command->work.entry;
      command->work.entry->channel->expedite();
    }
  }
  const auto at = std::ranges::find(fences_, &answer, &Fence::answer);
  if (--at->command_count == 0) {
    core::Reactor& control = context_.control;
    fences_.erase(at);
    control.post(answer);
  }
}

// Is nothing left to it of the namespaces for which the order came? A Flush of all namespaces has others, too, but
// waits for this one, and may be done again. A Copy of which a part was done is not ended for a reason that has its
// host do it again: its source may be its destination.
bool IoQueue::is_denied(const Command& command, const FencedNamespaces& fenced) const noexcept {
  const bool is_of_all = command.sqe.nsid == nsid_all;
  if (is_of_all && fenced.single() == 0) {
    return true;
  }
  const Access& access = context_.access->of(is_of_all ? fenced.single() : uint32_t{command.sqe.nsid});
  const bool may_be_repeated = command.work.kind != IoKind::Copy || access.write.is_final();
  return !access.read.is_success() && !access.write.is_success() && may_be_repeated;
}

Status IoQueue::denial_of(const Command& command) const noexcept {
  return command.sqe.nsid == nsid_all ? Status::retryable(StatusCode::CommandInterrupted)
                                      : context_.access->of(command.sqe.nsid).write;
}

void IoQueue::abandon_denied(const FencedNamespaces& fenced) noexcept {
  const auto is_meant = [this, &fenced](const Command& command) {
    return concerns(command, fenced) && is_denied(command, fenced);
  };
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    Command* const command = slots_[i];
    if (command == nullptr || command->work.sequence == UINT64_MAX || !is_meant(*command)) {
      continue;
    }
    if (!is_beyond_abort(*command)) {
      decide(*command, denial_of(*command));
    } else if (command->fused_peer != nullptr && !command->work.has_outcome) {
      abandon_pair_at_work(*command, denial_of(*command));
    }
  }
  abandon(is_meant);
}

// With the device, on the control reactor, or half of a pair that is at work.
bool IoQueue::is_beyond_abort(const Command& command) const noexcept {
  const IoWork& work = command.work;
  const bool is_single =
      work.kind == IoKind::Request || work.kind == IoKind::FusedCompare || work.kind == IoKind::FusedWrite;
  const bool is_pair_at_work = command.fused_peer != nullptr && work.sequence != UINT64_MAX;
  return work.has_outcome || work.phase == IoPhase::AtControl || is_pair_at_work ||
         (work.phase == IoPhase::AtDevice && is_single);
}

bool IoQueue::abort(uint16_t cid) noexcept {
  const Status aborted = Status::final(StatusCode::AbortRequested);
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    Command* const command = slots_[i];
    if (command == nullptr || command->sqe.cid != cid) {
      continue;
    }
    if (is_beyond_abort(*command)) {
      return false;
    }
    if (command->fused_peer != nullptr || fused_open_ == command) {
      leave_pair(*command, Status::retryable(StatusCode::AbortFailedFused));
    }
    decide(*command, aborted);
    return true;
  }
  return false;
}

void IoQueue::abort_all(const FencedNamespaces& fenced) noexcept {
  for (uint32_t i = 0; i < queue_entries_max; ++i) {
    Command* const command = slots_[i];
    if (command != nullptr && command->work.sequence != UINT64_MAX && fenced.contains(command->sqe.nsid) &&
        !is_beyond_abort(*command)) {
      decide(*command, Status::final(StatusCode::AbortedByPreempt));
    }
  }
}

}  // namespace outrigger::nvme
