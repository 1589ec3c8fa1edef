// Connection: what it hears. One large read; PDUs are parsed where they lie; the rest of a large H2CData goes straight
// into its command's buffers.
#include "base/check.h"
#include "block/iov_cursor.h"
#include "nvme_tcp/connection.h"
#include "nvme_tcp/digest.h"
#include "nvme_tcp/limits.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace outrigger::nvme_tcp {
namespace {

// The part of scattered memory from `begin`, `bytes` long.
size_t slice(std::span<const iovec> from, size_t begin, size_t bytes, std::span<iovec> pieces) noexcept {
  size_t count = 0;
  for (const iovec& piece : from) {
    if (begin >= piece.iov_len) {
      begin -= piece.iov_len;
      continue;
    }
    if (bytes == 0 || count == pieces.size()) {
      break;
    }
    const size_t step = std::min(piece.iov_len - begin, bytes);
    pieces[count++] = {static_cast<std::byte*>(piece.iov_base) + begin, step};
    bytes -= step;
    begin = 0;
  }
  return count;
}

}  // namespace

bool Connection::may_read() const noexcept {
  return state_ < State::Ending && !is_blocked_ && !turn_.is_waiting() && !goes_home_ && !has_more_ &&
         !(state_ == State::Connecting && connect_queue_.has_queue());
}

// True: bytes came.
bool Connection::receive() noexcept {
  if (!receive_.make_room(group_->segments())) {
    is_blocked_ = true;  // until a command that pins a segment ends
    return false;
  }
  const ssize_t bytes = read_stream();
  if (bytes > 0) {
    return true;
  }
  if (bytes == 0) {
    end("the host closed it");
  } else if (bytes != -EAGAIN) {
    const std::string_view why = stream_->failure();
    end(why.empty() ? "the connection broke" : why);
  } else if (stream_->needs_turn()) {
    wait_for_turn();
  }
  return false;
}

// A TLS handshake wants to compute. Nothing is read meanwhile, and nobody looks whether there is something; only
// whether the host has gone.
void Connection::wait_for_turn() noexcept {
  check(context_.turns != nullptr, "a stream that takes turns has somewhere to wait");
  const bool is_coming = context_.turns->enter(context_.peer, turn_, [this] {
    stream_->take_turn();
    group_->mark(*this);
  });
  if (!is_coming) {
    end("too many TLS handshakes wait for their turn");
  }
  group_->mark(*this);
}

ssize_t Connection::read_stream() noexcept {
  std::array<iovec, Slot::pieces_max + 1> pieces;
  size_t count = 0;
  uint32_t wanted = 0;
  if (incoming_.slot != nullptr) {
    wanted = incoming_.bytes - incoming_.received;
    count = slice(incoming_.slot->buffers(), incoming_.begin + incoming_.received, wanted, pieces);
  }
  const std::span<std::byte> rest = receive_.room();
  pieces[count++] = {rest.data(), rest.size()};
  const ssize_t bytes = stream_->read(pieces.data(), count);
  if (bytes > 0) {
    received_bytes_ += static_cast<uint64_t>(bytes);
    const auto direct = static_cast<uint32_t>(std::min<size_t>(static_cast<size_t>(bytes), wanted));
    incoming_.received += direct;
    host_data_bytes_ += direct;
    receive_.received(static_cast<uint32_t>(bytes) - direct);
  }
  return bytes;
}

void Connection::parse() noexcept {
  has_more_ = is_blocked_ = false;
  commands_this_turn_ = 0;
  while (state_ != State::Ending && !goes_home_ && parse_one()) {
  }
  if (state_ != State::Ending) {
    execute_ready();
  }
}

// One PDU, or a piece of data. False: no more can be done now.
bool Connection::parse_one() noexcept {
  if (incoming_.slot != nullptr) {
    return take_incoming();
  }
  if (receive_.size() < sizeof(CommonHeader) || (state_ == State::Connecting && connect_queue_.has_queue())) {
    return false;
  }
  CommonHeader common;
  std::memcpy(&common, receive_.data(), sizeof(common));
  if (const auto fault = check_common(common, agreement_.digests)) [[unlikely]] {
    terminate(*fault, receive_.data(), std::min<uint32_t>(receive_.size(), std::max<uint32_t>(common.hlen, 8)));
    return false;
  }
  return take_pdu(common);
}

bool Connection::take_pdu(const CommonHeader& common) noexcept {
  const auto type = static_cast<PduType>(common.type);
  if (receive_.size() < lead_bytes(common)) {
    return false;
  }
  const std::byte* const pdu = receive_.data();
  // ICReq comes first and once (3.5.2); the host's C2HTermReq needs no answer.
  if (type == PduType::H2CTermReq) {
    end("the host found a fatal error in what we sent");
    return false;
  }
  if ((type == PduType::ICReq) != (state_ == State::AwaitsICReq)) {
    terminate({FatalError::PduSequenceError}, pdu, common.hlen);
    return false;
  }
  if (!take_header_digest(pdu, common)) {
    return false;
  }
  switch (type) {
    case PduType::ICReq: return take_icreq(pdu);
    case PduType::CapsuleCmd: return take_capsule(pdu, common);
    default: return take_h2cdata(pdu, common);
  }
}

bool Connection::take_header_digest(const std::byte* pdu, const CommonHeader& common) noexcept {
  if ((common.flags & flag::Hdgstf) == 0 || static_cast<PduType>(common.type) == PduType::ICReq) {
    return true;
  }
  le32 received;
  std::memcpy(&received, pdu + common.hlen, sizeof(received));
  if (received == digest(pdu, common.hlen)) {
    return true;
  }
  terminate({FatalError::HeaderDigestError, received}, pdu, common.hlen);
  return false;
}

bool Connection::take_icreq(const std::byte* pdu) noexcept {
  ICReq request;
  std::memcpy(&request, pdu, sizeof(request));
  if (const auto fault = check_icreq(request)) {
    terminate(*fault, pdu, sizeof(request));
    return false;
  }
  agreement_ = {.digests = context_.options.allows_digests ? Digests::of(request.dgst) : Digests{},
                .hpda = request.hpda};
  if (!make_send_room(1)) {
    end("there is no memory for it");
    return false;
  }
  context_.tls_identity = stream_->tls_identity();
  context_.tls_fingerprint = stream_->tls_fingerprint();
  append_icresp();
  state_ = State::Connecting;
  receive_.consume(sizeof(request));
  ++pdu_count_;
  return true;
}

bool Connection::take_capsule(const std::byte* pdu, const CommonHeader& common) noexcept {
  if (commands_this_turn_ == commands_per_turn_max) {
    has_more_ = true;
    return false;
  }
  Slot* const slot = take_slot();
  if (slot == nullptr) {
    is_blocked_ = true;
    return false;
  }
  ++commands_this_turn_;
  begin_command(*slot, pdu, layout_of(common));
  receive_.consume(common.plen);
  ++pdu_count_;
  return true;
}

std::optional<Fault> Connection::check_h2cdata(const DataPdu& header, const Layout& layout) const noexcept {
  const uint16_t ttag = header.ttag;
  const std::span<const Slot> slots = slots_.slots();
  if (ttag >= slots.size() || slots[ttag].state != SlotState::WaitsForData) {
    return invalid_field(offsetof(DataPdu, ttag));
  }
  const Slot& slot = slots[ttag];
  if (header.cccid != slot.command.sqe.cid) {
    return invalid_field(offsetof(DataPdu, cccid));
  }
  const uint32_t begin = header.datao;
  const uint32_t bytes = header.datal;
  if (bytes == 0 || bytes != layout.data_bytes) {
    return invalid_field(offsetof(DataPdu, datal));
  }
  if (bytes > maxh2cdata_bytes) {
    return Fault{FatalError::DataTransferLimitExceeded};
  }
  if (uint64_t{begin} + bytes > slot.command.data_bytes) {
    return Fault{FatalError::DataTransferOutOfRange};
  }
  if (begin != slot.received_bytes) {
    return Fault{FatalError::PduSequenceError};
  }
  const bool is_last = begin + bytes == slot.command.data_bytes;
  if (((header.common.flags & flag::LastPdu) != 0) != is_last) {
    return invalid_field(offsetof(CommonHeader, flags));
  }
  return std::nullopt;
}

bool Connection::take_h2cdata(const std::byte* pdu, const CommonHeader& common) noexcept {
  DataPdu header;
  std::memcpy(&header, pdu, sizeof(header));
  const Layout layout = layout_of(common);
  if (const auto fault = check_h2cdata(header, layout)) {
    terminate(*fault, pdu, sizeof(header));
    return false;
  }
  incoming_ = {.slot = &slots_.slots()[header.ttag],
               .begin = header.datao,
               .bytes = header.datal,
               .received = 0,
               .has_digest = layout.digest_bytes != 0};
  receive_.consume(layout.data_at);
  return take_incoming();
}

// What lies in the receive buffer of the data that are coming. True: that was all of it.
bool Connection::take_incoming() noexcept {
  Slot& slot = *incoming_.slot;
  const uint32_t here = std::min(receive_.size(), incoming_.bytes - incoming_.received);
  if (here != 0) {
    block::IovCursor to(slot.pieces.data());
    to.advance(incoming_.begin + incoming_.received);
    to.scatter(receive_.data(), here);
    receive_.consume(here);
    incoming_.received += here;
    host_data_bytes_ += here;
  }
  if (incoming_.received != incoming_.bytes) {
    return false;
  }
  if (!incoming_.has_digest) {
    incoming_done(true);
    return true;
  }
  le32 received;
  if (receive_.size() < sizeof(received)) {
    return false;
  }
  std::memcpy(&received, receive_.data(), sizeof(received));
  receive_.consume(sizeof(received));
  std::array<iovec, Slot::pieces_max> pieces;
  const size_t count = slice(slot.buffers(), incoming_.begin, incoming_.bytes, pieces);
  incoming_done(digest({pieces.data(), count}, incoming_.bytes) == received);
  return true;
}

// A wrong data digest is that command's trouble alone (TCP Transport 1.0, 3.5.4).
void Connection::incoming_done(bool is_intact) noexcept {
  Slot& slot = *incoming_.slot;
  ++pdu_count_;
  slot.is_corrupt = slot.is_corrupt || !is_intact;
  slot.received_bytes += incoming_.bytes;
  incoming_ = {};
  if (slot.received_bytes != slot.command.data_bytes) {
    return;
  }
  --waiting_for_data_;
  if (slot.is_corrupt) {
    queue_->forget(slot.command);
    refuse(slot, nvme::Status::retryable(nvme::StatusCode::TransientTransportError));
  } else {
    make_ready(slot);
  }
}

}  // namespace outrigger::nvme_tcp
