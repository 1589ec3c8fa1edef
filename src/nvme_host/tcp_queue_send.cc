// TcpQueue, sending: capsules and H2CData go into the outbox as far as there is room, and from there into the socket
// with one call a turn.
#include "nvme_host/tcp_queue.h"

#include "nvme_tcp/digest.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace outrigger::nvme_host {

using nvme_tcp::CommonHeader;
using nvme_tcp::digest_bytes;
using nvme_tcp::PduType;
namespace flag = nvme_tcp::flag;

namespace {

// The largest header with digest and padding (PDO is at most 128 for what we send), and a data digest.
constexpr size_t lead_bytes_max = 128;
constexpr size_t header_room = lead_bytes_max + digest_bytes;

}  // namespace

void TcpQueue::send() noexcept {
  stage();
  while (!outbox_.is_empty()) {
    const ssize_t went = outbox_.flush(*stream_);
    if (went == -EAGAIN) {
      is_send_blocked_ = true;
      watch_for_writing(true);
      break;
    }
    if (went < 0) {
      end(describe_error(went), true);
      return;
    }
    if (went == 0) {
      break;
    }
  }
  if (held_count_ != 0) {
    release_answered();
  }
}

void TcpQueue::watch_for_writing(bool is_wanted) noexcept {
  const uint32_t events = EPOLLIN | EPOLLRDHUP | (is_wanted ? static_cast<uint32_t>(EPOLLOUT) : 0U);
  if (events != watched_events_) {
    watched_events_ = events;
    reactor_->rewatch(stream_->fd(), events, *this);
  }
}

void TcpQueue::stage() noexcept {
  while (Slot* const slot = to_send_.front()) {
    if (!stage_one(*slot)) {
      return;
    }
  }
}

bool TcpQueue::stage_one(Slot& slot) noexcept {
  if (slot.state == SlotState::Waits) {
    if (!outbox_.has_room(header_room, slot.is_in_capsule ? in_capsule_pieces_max : 0)) {
      return false;
    }
    (void)to_send_.pop_front();
    slot.is_queued = false;
    stage_capsule(slot);
    return true;
  }
  if (slot.state == SlotState::Sent && !outbox_.has_room(header_room, h2cdata_pieces_max)) {
    return false;
  }
  (void)to_send_.pop_front();
  slot.is_queued = false;
  // A command that was answered with an error meanwhile needs no more of its data.
  if (slot.state == SlotState::Sent) {
    stage_h2cdata(slot);
    if (slot.moved != slot.asked_end) {
      slot.is_queued = true;
      to_send_.push_back(slot);  // the others have their turn in between
    }
  }
  return true;
}

template <typename Pdu>
void TcpQueue::append_header(Pdu& pdu, uint32_t data_bytes) noexcept {
  std::array<std::byte, header_room> bytes{};
  const Digests digests = options_.digests;
  CommonHeader& common = pdu.common;
  common.hlen = sizeof(Pdu);
  common.flags = static_cast<uint8_t>(common.flags | (digests.header ? flag::Hdgstf : 0U));
  size_t lead = sizeof(Pdu) + (digests.header ? digest_bytes : 0);
  size_t trail = 0;
  if (data_bytes != 0) {
    lead = (lead + pda_bytes_ - 1) / pda_bytes_ * pda_bytes_;
    common.pdo = static_cast<uint8_t>(lead);
    if (digests.data) {
      common.flags = static_cast<uint8_t>(common.flags | flag::Ddgstf);
      trail = digest_bytes;
    }
  }
  common.plen = static_cast<uint32_t>(lead + data_bytes + trail);
  std::memcpy(bytes.data(), &pdu, sizeof(Pdu));
  if (digests.header) {
    const le32 value = nvme_tcp::digest(&pdu, sizeof(Pdu));
    std::memcpy(bytes.data() + sizeof(Pdu), &value, sizeof(value));
  }
  outbox_.append(bytes.data(), lead);
}

// From where the slot's cursor is; the data's digest behind them.
void TcpQueue::borrow_data(Slot& slot, uint32_t bytes) noexcept {
  uint32_t digest = 0;
  for (size_t left = bytes; left != 0;) {
    const size_t step = slot.cursor.contiguous_bytes(left);
    const std::byte* const data = slot.cursor.data();
    outbox_.borrow(data, step);
    if (options_.digests.data) {
      digest = nvme_tcp::digest(data, step, digest);
    }
    slot.cursor.advance(step);
    left -= step;
  }
  slot.moved += bytes;
  if (options_.digests.data) {
    const le32 value = digest;
    outbox_.append(&value, sizeof(value));
  }
}

void TcpQueue::stage_capsule(Slot& slot) noexcept {
  const Command& command = *slot.command;
  nvme_tcp::CapsuleCmd capsule;
  capsule.common.type = static_cast<uint8_t>(PduType::CapsuleCmd);
  capsule.sqe = command.sqe;
  const uint32_t data_bytes = slot.is_in_capsule ? command.data_bytes : 0;
  append_header(capsule, data_bytes);
  if (data_bytes != 0) {
    borrow_data(slot, data_bytes);
  }
  slot.state = SlotState::Sent;
  slot.sent_at = outbox_.position();
}

void TcpQueue::stage_h2cdata(Slot& slot) noexcept {
  const uint32_t wanted = std::min(slot.asked_end - slot.moved, maxh2cdata_);
  // As much of it as one call's pieces can hold; a PDU that is cut short so ends at a dword.
  block::IovCursor probe = slot.cursor;
  uint32_t bytes = 0;
  for (size_t pieces = 0; bytes != wanted && pieces != h2cdata_pieces_max; ++pieces) {
    const size_t step = probe.contiguous_bytes(wanted - bytes);
    probe.advance(step);
    bytes += static_cast<uint32_t>(step);
  }
  bytes = bytes == wanted ? bytes : bytes & ~3U;
  nvme_tcp::DataPdu pdu;
  pdu.common.type = static_cast<uint8_t>(PduType::H2CData);
  pdu.common.flags = slot.moved + bytes == slot.asked_end ? flag::LastPdu : uint8_t{0};
  pdu.cccid = slot.cid;
  pdu.ttag = slot.ttag;
  pdu.datao = slot.moved;
  pdu.datal = bytes;
  append_header(pdu, bytes);
  borrow_data(slot, bytes);
  slot.sent_at = outbox_.position();
}

// Commands whose answer came while the outbox still held their data.
void TcpQueue::release_answered() noexcept {
  for (Slot& slot : slots_) {
    if (slot.state == SlotState::Answered && is_gone(slot)) {
      --held_count_;
      complete(slot, slot.held, 0);
    }
  }
}

// TCP Transport 1.0, 3.5.2: the header at fault goes along. When the socket is full in the middle of another PDU there
// is no way to say it, and the connection just ends.
void TcpQueue::send_termination(const PduFault& fault) noexcept {
  while (!outbox_.is_empty()) {
    if (outbox_.flush(*stream_) <= 0) {
      return;
    }
  }
  const size_t bytes = std::min(pdu_bytes_, nvme_tcp::term_data_bytes_max);
  nvme_tcp::TermReq request;
  request.common = {.type = static_cast<uint8_t>(PduType::H2CTermReq),
                    .flags = 0,
                    .hlen = sizeof(request),
                    .pdo = 0,
                    .plen = static_cast<uint32_t>(sizeof(request) + bytes)};
  request.fes = static_cast<uint16_t>(fault.error);
  request.fei = fault.information;
  outbox_.append(&request, sizeof(request));
  outbox_.append(pdu_, bytes);
  (void)outbox_.flush(*stream_);
  // Bytes that nobody read would make close() reset the connection, and the request could be lost.
  (void)::shutdown(stream_->fd(), SHUT_WR);
  std::array<std::byte, 4096> rest;
  const iovec piece{rest.data(), rest.size()};
  (void)stream_->read(&piece, 1);
}

}  // namespace outrigger::nvme_host
