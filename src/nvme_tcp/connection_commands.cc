// Connection: its commands, from a capsule to the answer.
#include "base/check.h"
#include "block/iov_cursor.h"
#include "nvme_tcp/connection.h"
#include "nvme_tcp/digest.h"
#include "nvme_tcp/limits.h"

#include <cstring>

namespace outrigger::nvme_tcp {
namespace {

using nvme::Direction;
using nvme::Status;
using nvme::StatusCode;

// What a command's SGL says about its data.
struct DataPlace {
  Status status;  // of a descriptor that cannot be
  bool is_in_capsule = false;
  uint32_t begin = 0;  // in the capsule's data
};

// TCP Transport 1.0, section 3.3.2: one descriptor, of in-capsule data or of the transport's own.
DataPlace place_of(const nvme::Sqe& sqe, uint32_t capsule_bytes) noexcept {
  const nvme::SglDescriptor& sgl = sqe.sgl;
  if (sqe.psdt() == 0) {
    return {.status = Status::final(StatusCode::InvalidField)};
  }
  if (sgl.type == static_cast<uint8_t>(nvme::SglType::TransportDataBlock)) {
    return {};
  }
  if (sgl.type != static_cast<uint8_t>(nvme::SglType::DataBlockOffset)) {
    return {.status = Status::final(StatusCode::SglDescriptorTypeInvalid)};
  }
  const uint64_t begin = sgl.address;
  if (begin > capsule_bytes) {
    return {.status = Status::final(StatusCode::SglOffsetInvalid)};
  }
  if (sgl.length > capsule_bytes - begin) {
    return {.status = Status::final(StatusCode::DataSglLengthInvalid)};
  }
  return {.status = {}, .is_in_capsule = true, .begin = static_cast<uint32_t>(begin)};
}

bool is_digest_right(const std::byte* pdu, const Layout& layout) noexcept {
  if (layout.digest_bytes == 0) {
    return true;
  }
  le32 received;
  std::memcpy(&received, pdu + layout.data_at + layout.data_bytes, sizeof(received));
  return received == digest(pdu + layout.data_at, layout.data_bytes);
}

}  // namespace

// nullptr: as many commands are at work as may be.
Slot* Connection::take_slot() noexcept {
  constexpr uint32_t reserve_of_term = sizeof(TermReq) + term_data_bytes_max;
  if (send_.room() < (used_slots_ + 1) * header_reserve_ + reserve_of_term) {
    return nullptr;
  }
  Slot* const slot = slots_.take(*this, &Connection::command_done);
  if (slot != nullptr) {
    ++used_slots_;
  }
  return slot;
}

void Connection::free_slot(Slot& slot) noexcept {
  if (slot.owns_cid) {
    slot.owns_cid = false;
    cids_->remove(slot.command.sqe.cid);
  }
  slot.state = SlotState::Free;
  --used_slots_;
  slots_.give_back(slot);
  if (is_blocked_) {
    group_->mark(*this);
  }
}

void Connection::begin_command(Slot& slot, const std::byte* pdu, const Layout& layout) noexcept {
  nvme::Command& command = slot.command;
  std::memcpy(&command.sqe, pdu + offsetof(CapsuleCmd, sqe), sizeof(command.sqe));
  command.direction = Direction::None;
  command.sgl_bytes = command.sqe.sgl.length;
  command.data_bytes = 0;
  command.iov = nullptr;
  command.iov_count = 0;
  command.status = {};
  command.result = 0;
  slot.is_corrupt = false;
  slot.received_bytes = 0;
  sqhd_ = sqhd_ + 1 == entry_count_ ? 0 : sqhd_ + 1;
  slot.owns_cid = cids_->add(command.sqe.cid);
  if (!slot.owns_cid) [[unlikely]] {
    refuse(slot, Status::final(StatusCode::CommandIdConflict));
    return;
  }
  const Status status = queue_->prepare(command);
  if (!status.is_success()) [[unlikely]] {
    refuse(slot, status);
    return;
  }
  if (command.direction == Direction::None || command.data_bytes == 0) {
    command.direction = Direction::None;
    command.data_bytes = 0;
    make_ready(slot);
    return;
  }
  const DataPlace place = place_of(command.sqe, layout.data_bytes);
  Status trouble = place.status;
  if (command.data_bytes > command_bytes_max) [[unlikely]] {
    trouble = Status::final(StatusCode::InvalidField);
  } else if (command.direction == Direction::ToHost && place.is_in_capsule) [[unlikely]] {
    trouble = Status::final(StatusCode::SglDescriptorTypeInvalid);
  } else if (trouble.is_success() && place.is_in_capsule && !is_digest_right(pdu, layout)) [[unlikely]] {
    trouble = Status::retryable(StatusCode::TransientTransportError);
  }
  if (!trouble.is_success()) [[unlikely]] {
    queue_->forget(command);
    refuse(slot, trouble);
    return;
  }
  begin_data(slot, pdu + layout.data_at + place.begin, place.is_in_capsule);
}

void Connection::begin_data(Slot& slot, const std::byte* capsule_data, bool is_in_capsule) noexcept {
  if (is_in_capsule) {
    place_in_capsule(slot, capsule_data);
  } else if (lend(slot)) {
    respond(slot);
  } else if (const Served served = take_buffers_in_order(slot); served == Served::Yes) {
    buffers_taken(slot);
  } else {
    const BufferKind kind = DataPool::need_of(slot.command.data_bytes).kind;
    slot.state = SlotState::WaitsForRoom;
    waiting_for(kind).push_back(slot);
    group_->wait_for_room(*this, served);
    if (served == Served::OverShare && may_be_favoured(kind)) {
      group_->serve_waiting_soon();  // the one who has waited longest is
    }
  }
}

// The data of a write that came with it. They are used where they lie, which costs nothing when the command ends inside
// execute(); when commands lately did not, they are copied, so that the segment is free again after the turn. The first
// of a fused pair waits for what comes after it in the stream, and must not hold up the stream itself.
void Connection::place_in_capsule(Slot& slot, const std::byte* data) noexcept {
  nvme::Command& command = slot.command;
  const bool is_fused_first = command.sqe.fuse() == nvme::Fuse::First;
  if (is_fused_first || copies_left_ != 0) {
    copies_left_ -= copies_left_ != 0 ? 1 : 0;
    if (take_buffers_in_order(slot) == Served::Yes) {
      block::IovCursor(slot.pieces.data()).scatter(data, command.data_bytes);
      make_ready(slot);
      return;
    }
    if (is_fused_first) {
      queue_->forget(command);
      refuse(slot, Status::retryable(StatusCode::CommandInterrupted));
      return;
    }
  }
  slot.in_capsule = {const_cast<std::byte*>(data), command.data_bytes};
  slot.segment = &receive_.pin();
  command.iov = &slot.in_capsule;
  command.iov_count = 1;
  make_ready(slot);
}

// Data that the device lends are sent from where they lie. A digest of them would not hold when they change meanwhile.
bool Connection::lend(Slot& slot) noexcept {
  nvme::Command& command = slot.command;
  if (command.direction != Direction::ToHost || agreement_.digests.data || !queue_->lend(command)) {
    return false;
  }
  slot.is_lent = true;
  slot.deadline_ns = 0;
  slot.pieces.front() = *command.iov;
  slot.buffer_count = 1;
  return true;
}

// A host that takes its time must not hold up who waits for the loan's end: its data become ours, if there is room in
// the connection's share. Where there is none the loan stays one, and has to be taken in time.
void Connection::keep_loan(Slot& slot) noexcept {
  if (!slot.is_lent) {
    return;
  }
  const iovec loan = slot.pieces.front();
  if (take_buffers(slot, DataPool::need_of(slot.command.data_bytes)) != Served::Yes) {
    if (slot.deadline_ns == 0) {
      slot.deadline_ns = group_->reactor().turn_ns() + stall_ns_max;
    }
    return;
  }
  block::IovCursor(slot.pieces.data()).scatter(static_cast<const std::byte*>(loan.iov_base), slot.command.data_bytes);
  slot.is_lent = false;
  queue_->returned(slot.command);
}

// Buffers of the core, as far as they are the connection's to have.
Served Connection::take_buffers(Slot& slot, BufferNeed need, bool is_favoured) noexcept {
  HeldBuffers& of_network = group_link.share->held;
  const Served served = BufferClaim{.pool = group_->pool(),
                                    .connection = held_,
                                    .network = of_network,
                                    .is_control_work = is_control_work(),
                                    .lacks_room = group_->lacks_room(),
                                    .is_favoured = is_favoured}
                            .judge(need);
  if (served != Served::Yes) {
    return served;
  }
  const bool is_there = group_->pool().take(need, slot.command.data_bytes, slot.pieces);
  check(is_there, "what is a connection's to have is there");
  slot.buffer_count = need.count;
  slot.buffer_kind = need.kind;
  held_.of(need.kind) += need.count;
  of_network.of(need.kind) += need.count;
  return Served::Yes;
}

void Connection::buffers_taken(Slot& slot) noexcept {
  if (slot.command.direction == Direction::ToHost) {
    make_ready(slot);
    return;
  }
  slot.state = SlotState::WaitsForData;
  asked_bytes_ += slot.command.data_bytes;
  // In time is who sends all that was asked for until now at the least pace.
  const uint64_t windows = 1 + (asked_bytes_ - host_data_bytes_) / progress_bytes_min;
  slot.deadline_ns = group_->reactor().turn_ns() + windows * stall_ns_max;
  ++waiting_for_data_;
  append_r2t(slot);
}

// For a command that has just come.
Served Connection::take_buffers_in_order(Slot& slot) noexcept {
  const BufferNeed need = DataPool::need_of(slot.command.data_bytes);
  if (!waiting_for(need.kind).is_empty()) {
    return Served::Behind;
  }
  const Served served = take_buffers(slot, need);
  if (served == Served::Yes) {
    slot.command.iov = slot.pieces.data();
    slot.command.iov_count = slot.buffer_count;
  }
  return served;
}

// Small and large ones in turn: none of them holds up the others.
Served Connection::serve_waiting_slot() noexcept {
  check(waits_for_room(), "a connection that waits for room has a command that does");
  const BufferKind next = served_last_ == BufferKind::Small ? BufferKind::Large : BufferKind::Small;
  Served served = serve_first(waiting_for(next));
  if (served == Served::Yes) {
    served_last_ = next;
    return served;
  }
  const Served other = serve_first(waiting_for(served_last_));
  return other == Served::OverShare || other == Served::Behind ? served : other;
}

// OverShare when there is none.
Served Connection::serve_first(IntrusiveQueue<Slot>& waiting) noexcept {
  Slot* const slot = waiting.front();
  if (slot == nullptr) {
    return Served::OverShare;
  }
  const BufferNeed need = DataPool::need_of(slot->command.data_bytes);
  Served served = take_buffers(*slot, need);
  if (served == Served::OverShare && may_be_favoured(need.kind)) {
    group_link.share->favoured = this;
    served = take_buffers(*slot, need, true);
  }
  if (served != Served::Yes) {
    return served;
  }
  static_cast<void>(waiting.pop_front());
  slot->command.iov = slot->pieces.data();
  slot->command.iov_count = slot->buffer_count;
  buffers_taken(*slot);
  execute_ready();
  return Served::Yes;
}

// Large ones only, and not the control reactor's: strangers would have them, and admin commands need few.
bool Connection::may_be_favoured(BufferKind kind) const noexcept {
  const Connection* const favoured = group_link.share->favoured;
  return kind == BufferKind::Large && held_.of(kind) == 0 && (favoured == nullptr || favoured == this) &&
         !is_control_work();
}

// What it had by it has come back, or it ends: others of its network have their turn.
void Connection::forgo_favour() noexcept {
  if (group_link.share->favoured == this && held_.of(BufferKind::Large) == 0) {
    group_link.share->favoured = nullptr;
  }
}

void Connection::make_ready(Slot& slot) noexcept {
  slot.state = SlotState::Ready;
  ready_[ready_count_++] = &slot;
  if (ready_count_ == ready_.size()) {
    execute_ready();
  }
}

void Connection::execute_ready() noexcept {
  const uint32_t count = ready_count_;
  ready_count_ = 0;
  if (count > 1) {
    queue_->prefetch(ready_[1]->command);
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (i + 2 < count) {
      queue_->prefetch(ready_[i + 2]->command);
    }
    Slot& slot = *ready_[i];
    slot.state = SlotState::Executing;
    ++executing_;
    queue_->execute(slot.command);
    if (slot.state == SlotState::Executing && slot.segment != nullptr) {
      copies_left_ = copies_after_delay;
    }
  }
}

void Connection::command_done(nvme::Command& command) noexcept {
  Slot& slot = *static_cast<Slot*>(command.owner);
  slot.connection->done(slot);
}

void Connection::done(Slot& slot) noexcept {
  check(slot.state == SlotState::Executing, "a command ends once, after it was begun");
  --executing_;
  group_->mark(*this);
  if (state_ == State::Serving && !is_home_) {
    // The host may have authenticated: nothing more is begun here. Control's orders may be on their way home already.
    goes_home_ = goes_home_ || queue_->is_ready();
  }
  if (state_ == State::Ending) {
    release_data(slot);
    free_slot(slot);
  } else {
    respond(slot);
  }
}

void Connection::refuse(Slot& slot, Status status) noexcept {
  slot.command.direction = Direction::None;
  slot.command.status = status;
  slot.command.result = 0;
  respond(slot);
}

void Connection::respond(Slot& slot) noexcept {
  const nvme::Command& command = slot.command;
  if (command.direction != Direction::ToHost || !command.status.is_success()) {
    release_data(slot);
    append_response(slot);
    free_slot(slot);
    return;
  }
  // SUCCESS stands for a response that would say nothing, not even how far the submission queue was read: so only where
  // SQ flow control is disabled (TCP Transport 1.0, 3.3.2.1).
  const bool may_be_silent = !has_flow_control_ || context_.options.always_uses_success_flag;
  const bool is_whole_answer =
      may_be_silent && state_ == State::Serving && command.status == Status() && command.result == 0;
  slot.state = SlotState::Sending;
  append_c2hdata(slot, is_whole_answer);
  if (!is_whole_answer) {
    append_response(slot);
  }
  if (slot.owns_cid) {
    slot.owns_cid = false;
    cids_->remove(command.sqe.cid);
  }
}

void Connection::release_data(Slot& slot) noexcept {
  if (slot.segment != nullptr) {
    receive_.unpin(*slot.segment, group_->segments());
    slot.segment = nullptr;
  }
  if (slot.is_lent) {
    slot.is_lent = false;
    slot.buffer_count = 0;
    queue_->returned(slot.command);
  } else if (slot.buffer_count != 0) {
    group_->pool().give_back(slot.buffer_kind, slot.buffers());
    group_->serve_waiting_soon();
    held_.of(slot.buffer_kind) -= slot.buffer_count;
    group_link.share->held.of(slot.buffer_kind) -= slot.buffer_count;
    slot.buffer_count = 0;
    if (slot.buffer_kind == BufferKind::Large) {
      forgo_favour();
    }
  }
}

}  // namespace outrigger::nvme_tcp
