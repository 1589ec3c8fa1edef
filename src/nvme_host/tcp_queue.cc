// TcpQueue: its life, from the socket to the end, and the commands in between. Sending and receiving have files of
// their own.
#include "nvme_host/tcp_queue.h"

#include "base/check.h"
#include "nvme/fabrics_format.h"

#include <sys/epoll.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace outrigger::nvme_host {
namespace {

constexpr uint32_t reading_events = EPOLLIN | EPOLLRDHUP;
constexpr uint8_t psdt_sgl = 0x40;
constexpr uint8_t fuse_bits = 0x03;

}  // namespace

TcpQueue::TcpQueue(core::Reactor& control, TcpQueueOwner& owner, TcpQueueOptions options)
    : control_(control),
      owner_(owner),
      options_(std::move(options)),
      slots_(options_.entries),
      // One entry of a submission queue stays free, unless the controller does without flow control.
      depth_(options_.entries - 1),
      index_bits_(static_cast<unsigned>(std::bit_width(options_.entries - 1))),
      buffer_bytes_(options_.is_admin ? admin_receive_bytes : receive_bytes) {
  check(options_.entries >= queue_entries_min && options_.entries <= queue_entries_max,
        "a queue's size is within limits");
  buffer_ = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes_);
  free_.reserve(slots_.size());
  for (size_t index = slots_.size(); index != 0; --index) {
    slots_[index - 1].index = static_cast<uint16_t>(index - 1);
    free_.push_back(static_cast<uint16_t>(index - 1));
  }
  timer_.owner = opened_message_.owner = broken_message_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<TcpQueue*>(timer.owner)->time_is_up(); };
  opened_message_.run = [](core::Message& message) noexcept {
    auto& self = *static_cast<TcpQueue*>(message.owner);
    self.is_opened_ = true;
    if (self.opened_waiter_) {
      std::exchange(self.opened_waiter_, {}).resume();
    }
  };
  broken_message_.run = [](core::Message& message) noexcept {
    auto& self = *static_cast<TcpQueue*>(message.owner);
    self.owner_.queue_broken(self);
  };
}

TcpQueue::~TcpQueue() {
  check(reactor_ == nullptr, "a queue is detached before it is destroyed");
  check(!opened_waiter_, "nobody waits for a queue that goes");
}

// -- opening

void TcpQueue::open() {
  check(state_ == State::Idle, "a queue is opened once");
  auto socket = options_.connect(options_.address, options_.user_timeout_ms);
  state_ = State::Connecting;
  if (!socket.has_value()) {
    end(std::move(socket).error().what, false);
    return;
  }
  connecting_ = std::move(*socket);
  if (join_reactor(control_, connecting_.get(), EPOLLOUT)) {
    control_.arm(timer_, control_.clock().now_ns() + options_.open_ns);
  }
}

void TcpQueue::open(UniqueFd socket) {
  check(state_ == State::Idle, "a queue is opened once");
  state_ = State::Connecting;
  begin(std::move(socket));
}

void TcpQueue::socket_is_writable() noexcept {
  if (const int error = connect_error(connecting_.get()); error != 0) {
    end(std::strerror(error), false);
    return;
  }
  leave_reactor();
  begin(std::move(connecting_));
}

void TcpQueue::begin(UniqueFd socket) noexcept {
  if (options_.tls != nullptr) {
    begin_tls(std::move(socket));
    return;
  }
  stream_ = std::make_unique<nvme_tcp::PlainStream>(std::move(socket));
  if (join_reactor(control_, stream_->fd(), reading_events)) {
    control_.arm(timer_, control_.clock().now_ns() + options_.open_ns);
    begin_initialization();
  }
}

void TcpQueue::begin_tls(UniqueFd socket) noexcept {
  const nvme_auth::TlsPsk& psk = *options_.tls;
  auto made = nvme_tcp::TlsStream::connect(
      std::move(socket), {.identity = psk.identity, .hash = psk.hash, .key = psk.key.clone()}, control_.clock());
  if (!made.has_value()) {
    end(made.error().what, false);
    return;
  }
  state_ = State::Secures;
  handshake_ = made->get();
  stream_ = std::move(*made);
  if (join_reactor(control_, stream_->fd(), reading_events)) {
    control_.arm(timer_, control_.clock().now_ns() + options_.open_ns);
    drive_handshake();
  }
}

void TcpQueue::drive_handshake() noexcept {
  using Handshake = nvme_tcp::TlsStream::Handshake;
  const Handshake now = handshake_->handshake();
  if (now == Handshake::Failed) {
    // An end without a word may be anything; the protocol's own errors are the target's answer.
    is_tls_refused_ = stream_->read(nullptr, 0) == -EPROTO;
    end(is_tls_refused_ ? fmt::format("the target does not share our TLS pre-shared key, or speaks no TLS here ({})",
                                      stream_->failure())
                        : std::string(stream_->failure()),
        false);
    return;
  }
  watch_for_writing(now == Handshake::WantsWrite);
  if (now == Handshake::Done) {
    handshake_ = nullptr;
    begin_initialization();
  }
}

void TcpQueue::begin_initialization() noexcept {
  state_ = State::WaitsForIcresp;
  nvme_tcp::ICReq icreq;  // PFV 0, HPDA 0 and MAXR2T 0: one R2T at a time
  icreq.common = {.type = static_cast<uint8_t>(nvme_tcp::PduType::ICReq),
                  .flags = 0,
                  .hlen = sizeof(icreq),
                  .pdo = 0,
                  .plen = uint32_t{sizeof(icreq)}};
  icreq.dgst = options_.digests.dgst();
  outbox_.append(&icreq, sizeof(icreq));
  send();
}

void TcpQueue::tell_opened() noexcept {
  if (!std::exchange(is_opening_told_, true)) {
    control_.post(opened_message_);
  }
}

void TcpQueue::Opened::await_suspend(std::coroutine_handle<> waiter) noexcept {
  check(!queue_.opened_waiter_ && !queue_.is_opened_, "one job waits for a queue to open, once");
  queue_.opened_waiter_ = waiter;
}

// -- reactors

bool TcpQueue::join_reactor(core::Reactor& reactor, int fd, uint32_t events) noexcept {
  check(reactor_ == nullptr, "a queue is attached to one reactor");
  if (const auto watched = reactor.watch(fd, events, *this); !watched.has_value()) {
    end(watched.error().what, true);
    return false;
  }
  watched_events_ = events;
  reactor_ = &reactor;
  reactor.add(*this);
  return true;
}

void TcpQueue::leave_reactor() noexcept {
  if (reactor_ == nullptr) {
    return;
  }
  reactor_->unwatch(stream_ != nullptr ? stream_->fd() : connecting_.get(), *this);
  if (timer_.is_armed()) {
    reactor_->cancel(timer_);
  }
  std::exchange(reactor_, nullptr)->remove(*this);
}

bool TcpQueue::attach(core::Reactor& reactor) noexcept {
  return state_ == State::Ready && join_reactor(reactor, stream_->fd(), reading_events);
}

void TcpQueue::detach() noexcept {
  check(in_flight_ == 0, "a queue moves while it is quiet");
  leave_reactor();
}

uint32_t TcpQueue::poll(uint64_t) noexcept {
  if (state_ != State::Ready) {
    return 0;
  }
  uint32_t work = 0;
  // TLS may hold what the socket does not tell of any more.
  if (answers_due_ != 0 || (options_.tls != nullptr && stream_->has_buffered())) {
    const bool is_quiet = quiet_turns_ >= quiet_turns_max;
    if (!is_quiet || quiet_turns_ % quiet_turns_per_receive == 0) {
      work = receive();
    }
    quiet_turns_ = work != 0 ? 0 : quiet_turns_ + 1;
  }
  if (state_ == State::Ready && !is_send_blocked_ && (!to_send_.is_empty() || !outbox_.is_empty())) {
    send();
    ++work;
  }
  return work;
}

bool TcpQueue::prepare_sleep() noexcept {
  if (state_ != State::Ready) {
    return true;
  }
  if (stream_->has_buffered()) {
    return false;
  }
  return is_send_blocked_ || (to_send_.is_empty() && outbox_.is_empty());
}

void TcpQueue::on_ready(uint32_t events) noexcept {
  if (state_ == State::Connecting) {
    socket_is_writable();
    return;
  }
  if (state_ == State::Secures) {
    drive_handshake();
    return;
  }
  if ((events & EPOLLOUT) != 0 && is_send_blocked_) {
    is_send_blocked_ = false;
    watch_for_writing(false);
    send();
  }
  if ((events & ~static_cast<uint32_t>(EPOLLOUT)) != 0 && state_ != State::Over) {
    (void)receive();
  }
}

void TcpQueue::time_is_up() noexcept {
  switch (state_) {
    case State::Connecting: end("nobody answers", false); return;
    case State::Secures: end("the TLS handshake did not end in time", false); return;
    case State::WaitsForIcresp: end("no ICResp came in time", false); return;
    case State::Ready: look_for_late_answers(); return;
    case State::Idle:
    case State::Over: return;
  }
}

// One timer for all commands: it looks for the oldest, and comes again when that one would be late.
void TcpQueue::look_for_late_answers() noexcept {
  const Slot* oldest = nullptr;
  for (const Slot& slot : slots_) {
    if (slot.command != nullptr && !waits_for_event(*slot.command) &&
        (oldest == nullptr || slot.command->start_ns < oldest->command->start_ns)) {
      oldest = &slot;
    }
  }
  if (oldest == nullptr) {
    return;
  }
  const uint64_t limit_ns = answer_ns(*oldest->command);
  const uint64_t late_ns = oldest->command->start_ns + limit_ns;
  if (late_ns <= reactor_->turn_ns()) {
    end(fmt::format("no answer to a command (opcode {:02x}h) within {} ms", oldest->command->sqe.opcode,
                    limit_ns / 1'000'000),
        true);
    return;
  }
  reactor_->arm(timer_, late_ns);
}

// -- commands

// Fabrics commands come before all others of an I/O queue, and on an admin queue the two limits are one.
uint64_t TcpQueue::answer_ns(const Command& command) const noexcept {
  const bool is_fabrics = command.sqe.opcode == static_cast<uint8_t>(nvme::IoOpcode::Fabrics);
  return is_fabrics && options_.connect_ns != 0 ? options_.connect_ns : options_.answer_ns;
}

bool TcpQueue::waits_for_event(const Command& command) const noexcept {
  return options_.is_admin && command.sqe.opcode == static_cast<uint8_t>(nvme::AdminOpcode::AsyncEventRequest);
}

// TCP Transport 1.0, 3.3.1: admin and Fabrics commands up to 8 KiB, others up to what the controller said.
bool TcpQueue::uses_capsule(const Command& command) const noexcept {
  const bool is_admin = options_.is_admin || command.sqe.opcode == static_cast<uint8_t>(nvme::IoOpcode::Fabrics);
  const uint32_t room = is_admin ? admin_in_capsule_bytes : options_.in_capsule_bytes;
  return command.direction == Direction::ToController && command.data_bytes <= room &&
         command.iov_count <= in_capsule_pieces_max;
}

bool TcpQueue::submit(Command& command) noexcept {
  if (state_ != State::Ready || reactor_ == nullptr || in_flight_ >= depth_) {
    return false;
  }
  Slot& slot = slots_[free_.back()];
  free_.pop_back();
  slot.command = &command;
  slot.state = SlotState::Waits;
  fill_in(slot);
  command.start_ns = reactor_->turn_ns();
  ++in_flight_;
  if (!waits_for_event(command)) {
    ++answers_due_;
    if (!timer_.is_armed()) {
      reactor_->arm(timer_, command.start_ns + answer_ns(command));
    }
  }
  slot.is_queued = true;
  to_send_.push_back(slot);
  return true;
}

// The identifier: the slot, and which use of it, so that a late or repeated answer does not end another command.
void TcpQueue::fill_in(Slot& slot) noexcept {
  Command& command = *slot.command;
  // The generation with all bits set is left out: FFFFh is no command's identifier.
  const uint32_t generations = (1U << (16U - index_bits_)) - 1;
  const uint32_t generation = ((slot.cid >> index_bits_) + 1U) % generations;
  slot.cid = static_cast<uint16_t>((generation << index_bits_) | slot.index);
  slot.is_in_capsule = uses_capsule(command);
  slot.has_last = slot.has_bad_digest = false;
  slot.moved = slot.asked_end = 0;
  slot.cursor = block::IovCursor(command.iov);
  nvme::Sqe& sqe = command.sqe;
  sqe.cid = slot.cid;
  sqe.flags = static_cast<uint8_t>((sqe.flags & fuse_bits) | psdt_sgl);
  sqe.metadata = 0;
  const bool has_data = command.direction != Direction::None;
  sqe.sgl = {};
  sqe.sgl.length = has_data ? command.data_bytes : 0;
  sqe.sgl.type = static_cast<uint8_t>(slot.is_in_capsule && has_data ? nvme::SglType::DataBlockOffset
                                                                     : nvme::SglType::TransportDataBlock);
}

void TcpQueue::complete(Slot& slot, nvme::Status status, uint64_t result) noexcept {
  Command& command = *std::exchange(slot.command, nullptr);
  slot.state = SlotState::Free;
  free_.push_back(slot.index);
  --in_flight_;
  answers_due_ -= waits_for_event(command) ? 0 : 1;
  command.complete(status, result);
}

// -- the end

void TcpQueue::close() noexcept { end("closed", false); }

void TcpQueue::give_up(std::string why) noexcept { end(std::move(why), true); }

void TcpQueue::end(std::string why, bool tells_owner) noexcept {
  if (state_ == State::Over) {
    return;
  }
  const bool was_opening = state_ == State::Connecting || state_ == State::Secures || state_ == State::WaitsForIcresp;
  state_ = State::Over;
  why_ = std::move(why);
  leave_reactor();
  handshake_ = nullptr;
  stream_.reset();
  connecting_.reset();
  outbox_.drop();
  while (Slot* const slot = to_send_.pop_front()) {
    slot->is_queued = false;
  }
  complete_all();
  if (was_opening) {
    tell_opened();
  } else if (tells_owner && is_opening_told_) {
    control_.post(broken_message_);
  }
}

// Whether a command was executed is not known.
void TcpQueue::complete_all() noexcept {
  held_count_ = 0;
  for (Slot& slot : slots_) {
    if (slot.command != nullptr) {
      complete(slot, nvme::Status::retryable(nvme::StatusCode::HostPathingError), 0);
    }
  }
}

}  // namespace outrigger::nvme_host
