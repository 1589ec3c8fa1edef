// Connection: how it ends.
#include "base/check.h"
#include "base/log.h"
#include "nvme_tcp/connection.h"
#include "nvme_tcp/limits.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace outrigger::nvme_tcp {
namespace {

constexpr std::string_view room = "nvme_tcp";

}  // namespace

// A fatal error of the host: it is told which, and shall close (TCP Transport 1.0, section 3.5).
void Connection::terminate(Fault fault, const std::byte* header, uint32_t header_bytes) noexcept {
  if (state_ == State::Ending) {
    return;
  }
  const uint32_t told = std::min<uint32_t>(header_bytes, term_data_bytes_max);
  TermReq request;
  request.common = {.type = static_cast<uint8_t>(PduType::C2HTermReq),
                    .flags = 0,
                    .hlen = sizeof(TermReq),
                    .pdo = 0,
                    .plen = static_cast<uint32_t>(sizeof(TermReq) + told)};
  request.fes = static_cast<uint16_t>(fault.error);
  request.fei = fault.information;
  send_.append(&request, sizeof(request));
  send_.append(header, told);
  if (group_->may_log()) {
    log::warning(room, "{}: a fatal error in what it sent: status {}, information {}; it is dismissed", context_.peer,
                 static_cast<unsigned>(fault.error), fault.information);
  }
  says_farewell_ = true;
  begin_end();
}

void Connection::end(std::string_view why) noexcept {
  if (state_ == State::Ending) {
    return;
  }
  if (group_->may_log()) {
    log::info(room, "{}: connection ends: {}", context_.peer, why);
  }
  begin_end();
}

// The rest is wind_down()'s: here somebody may be in the middle of a command.
void Connection::begin_end() noexcept {
  state_ = State::Ending;
  has_more_ = is_blocked_ = false;
  turn_.leave();
  group_->reactor().cancel(timer_);
  group_->mark(*this);
}

// Commands that were prepared but not begun.
void Connection::abandon_slots() noexcept {
  incoming_ = {};
  ready_count_ = 0;
  for (IntrusiveQueue<Slot>& waiting : waiting_slots_) {
    while (waiting.pop_front() != nullptr) {
    }
  }
  group_->stop_waiting(*this);
  for (Slot& slot : slots_.slots()) {
    if (slot.state == SlotState::Ready || slot.state == SlotState::WaitsForRoom ||
        slot.state == SlotState::WaitsForData) {
      queue_->forget(slot.command);
      release_data(slot);
      free_slot(slot);
    }
  }
  forgo_favour();
  waiting_for_data_ = 0;
}

// One step of the end, again and again until nothing is left.
void Connection::wind_down() noexcept {
  if (!has_begun_end_) {
    has_begun_end_ = true;
    abandon_slots();
    queue_->expedite();
    if (executing_ != 0) {
      context_.groups.control().reactor().post(ending_message_);
    }
  }
  if (says_farewell_) {
    flush();
  }
  if (!says_farewell_) {
    send_.drop();
    release_sent();
    unwatch();
  }
  if (executing_ != 0 || says_farewell_) {
    update_watch();
    expect_progress();
    return;
  }
  check(used_slots_ == 0, "every command has ended when none is at work and none is sent");
  if (is_home_) {
    queue_->detach();
  }
  core::Reactor& control = context_.groups.control().reactor();
  leave_group();
  state_ = State::Gone;
  stream_.reset();
  control.post(gone_message_);
}

// The host shall close; whatever else it sends is not looked at.
void Connection::discard() noexcept {
  if (!says_farewell_) {
    return;
  }
  std::array<std::byte, discard_bytes_per_turn> bytes;
  const iovec piece{bytes.data(), bytes.size()};
  const ssize_t count = stream_->read(&piece, 1);
  if (count == 0 || (count < 0 && count != -EAGAIN)) {
    says_farewell_ = false;
    group_->mark(*this);
  }
}

void Connection::disconnect() noexcept {
  if (!is_disconnect_posted_) {
    is_disconnect_posted_ = true;
    served_by_->post(disconnect_message_);
  }
}

// On the core that serves it, or that served it last.
void Connection::disconnect_arrived() noexcept {
  if (state_ == State::Gone) {
    // Control waits for this before it lets the connection go.
    context_.groups.control().reactor().post(final_message_);
    return;
  }
  has_seen_disconnect_ = true;
  if (state_ == State::Ending) {
    // Others wait for its place: no time to see whether it heard what it did wrong.
    says_farewell_ = false;
    group_->mark(*this);
    return;
  }
  flush();
  end(session_queue_ != nullptr ? "its association is over" : "it was not let in yet, and has to make room or go");
}

void Connection::gone_arrived() noexcept {
  if (session_queue_ != nullptr) {
    session_queue_->closed();
    session_queue_.reset();
  } else if (auto unused = connect_queue_.take_queue()) {
    unused->closed();
  }
  if (is_disconnect_posted_ && !has_seen_disconnect_) {
    return;  // that message is still on its way there; final_message_ comes back
  }
  context_.owner.connection_gone(*this);
}

}  // namespace outrigger::nvme_tcp
