// TcpQueue, receiving: one large read a turn. PDUs are parsed in the buffer; data of which a part came there are
// copied, and the rest is read straight into the command's memory.
#include "nvme_host/tcp_queue.h"

#include "nvme_tcp/digest.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outrigger::nvme_host {

using nvme_tcp::CommonHeader;
using nvme_tcp::digest_bytes;
using nvme_tcp::FatalError;
using nvme_tcp::PduType;
namespace flag = nvme_tcp::flag;

namespace {

template <typename Wire>
Wire load(const std::byte* bytes) noexcept {
  Wire wire;
  std::memcpy(&wire, bytes, sizeof(wire));
  return wire;
}

}  // namespace

uint32_t TcpQueue::receive() noexcept {
  uint32_t work = 0;
  for (uint32_t i = 0; i < receives_per_turn_max; ++i) {
    bool was_full = false;
    if (read_once(was_full) == 0) {
      break;
    }
    ++work;
    parse();
    if (!was_full || state_ == State::Over) {
      break;
    }
  }
  return work;
}

std::string TcpQueue::describe_error(ssize_t outcome) const {
  const std::string_view of_stream = stream_->failure();
  return of_stream.empty() ? std::string(std::strerror(static_cast<int>(-outcome))) : std::string(of_stream);
}

size_t TcpQueue::read_once(bool& was_full) noexcept {
  if (is_send_blocked_ && options_.tls != nullptr) {
    // Reading may have made TLS send what it held back: the outbox must know before an answer to that is judged.
    send();
    if (state_ == State::Over) {
      return 0;
    }
  }
  if (begin_ != 0) {
    // At most the beginning of a PDU: less than 256 bytes.
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  iovec pieces[receive_pieces_max + 1];
  size_t count = 0;
  size_t direct = 0;
  if (part_ == Part::Data) {
    block::IovCursor probe = data_slot_->cursor;
    while (direct != data_left_ && count != receive_pieces_max) {
      const size_t step = probe.contiguous_bytes(data_left_ - direct);
      pieces[count++] = {probe.data(), step};
      probe.advance(step);
      direct += step;
    }
  }
  size_t wanted = direct;
  if (direct == data_left_) {
    pieces[count++] = {buffer_.get() + end_, buffer_bytes_ - end_};
    wanted += buffer_bytes_ - end_;
  }
  const ssize_t got = stream_->read(pieces, count);
  if (got <= 0) {
    if (got != -EAGAIN) {
      std::string why = got == 0 ? "the target closed the connection" : describe_error(got);
      // What a port does that takes TLS alone, and says nothing of it.
      if (state_ == State::WaitsForIcresp && options_.tls == nullptr) {
        why += " before it said anything: it may require TLS, for which no key is given here";
      }
      end(std::move(why), true);
    }
    return 0;
  }
  const auto bytes = static_cast<size_t>(got);
  was_full = bytes == wanted;
  take_direct(std::min(bytes, direct));
  end_ += static_cast<uint32_t>(bytes - std::min(bytes, direct));
  return bytes;
}

// `bytes` came straight into the command's memory.
void TcpQueue::take_direct(size_t bytes) noexcept {
  if (bytes == 0) {
    return;
  }
  data_left_ -= static_cast<uint32_t>(bytes);
  block::IovCursor& cursor = data_slot_->cursor;
  if (!options_.digests.data) {
    cursor.advance(bytes);
    return;
  }
  while (bytes != 0) {
    const size_t step = cursor.contiguous_bytes(bytes);
    data_digest_ = nvme_tcp::digest(cursor.data(), step, data_digest_);
    cursor.advance(step);
    bytes -= step;
  }
}

void TcpQueue::parse() noexcept {
  bool goes_on = true;
  while (goes_on && state_ != State::Over) {
    switch (part_) {
      case Part::Header: goes_on = parse_header(); break;
      case Part::Data:
        goes_on = data_left_ == 0 || begin_ != end_;
        if (goes_on) {
          parse_data();
        }
        break;
      case Part::DataDigest: goes_on = parse_data_digest(); break;
    }
  }
}

bool TcpQueue::parse_header() noexcept {
  pdu_ = buffer_.get() + begin_;
  pdu_bytes_ = end_ - begin_;
  if (pdu_bytes_ < sizeof(CommonHeader)) {
    return false;
  }
  const auto common = load<CommonHeader>(pdu_);
  const bool is_first = state_ == State::WaitsForIcresp;
  if (const auto wrong = is_first ? check_first(common) : check_common(common, options_.digests)) {
    fault(*wrong);
    return true;
  }
  const size_t lead = nvme_tcp::lead_bytes(common);
  if (pdu_bytes_ < lead) {
    return false;
  }
  pdu_bytes_ = lead;
  const auto type = static_cast<PduType>(common.type);
  if (!is_first && options_.digests.header && type != PduType::C2HTermReq &&
      !has_good_header_digest(pdu_, common.hlen)) {
    return true;
  }
  begin_ += static_cast<uint32_t>(lead);
  handle(type);
  return true;
}

bool TcpQueue::has_good_header_digest(const std::byte* pdu, size_t header_bytes) noexcept {
  const uint32_t received = load<le32>(pdu + header_bytes);
  if (received == nvme_tcp::digest(pdu, header_bytes)) {
    return true;
  }
  fault({.error = FatalError::HeaderDigestError, .information = received, .what = "a PDU with a wrong header digest"});
  return false;
}

void TcpQueue::parse_data() noexcept {
  if (const uint32_t bytes = std::min(data_left_, end_ - begin_); bytes != 0) {
    const std::byte* const from = buffer_.get() + begin_;
    if (options_.digests.data) {
      data_digest_ = nvme_tcp::digest(from, bytes, data_digest_);
    }
    data_slot_->cursor.scatter(from, bytes);
    begin_ += bytes;
    data_left_ -= bytes;
  }
  if (data_left_ != 0) {
    return;
  }
  if (options_.digests.data) {
    part_ = Part::DataDigest;
  } else {
    data_complete();
  }
}

// A wrong data digest fails its command and nothing else (TCP Transport 1.0, 3.5.1).
bool TcpQueue::parse_data_digest() noexcept {
  if (end_ - begin_ < digest_bytes) {
    return false;
  }
  if (load<le32>(buffer_.get() + begin_) != data_digest_) {
    data_slot_->has_bad_digest = true;
  }
  begin_ += digest_bytes;
  data_complete();
  return true;
}

void TcpQueue::data_complete() noexcept {
  part_ = Part::Header;
  Slot& slot = *data_slot_;
  if ((data_flags_ & flag::Success) == 0) {
    return;
  }
  if (const char* const what = contradiction(slot)) {
    fault({.error = FatalError::DataTransferOutOfRange, .information = 0, .what = what});
    return;
  }
  complete(slot,
           slot.has_bad_digest ? nvme::Status::retryable(nvme::StatusCode::TransientTransportError) : nvme::Status(),
           0);
}

TcpQueue::Slot* TcpQueue::find(uint16_t cid) noexcept {
  const size_t index = cid & ((1U << index_bits_) - 1);
  if (index >= slots_.size()) {
    return nullptr;
  }
  Slot& slot = slots_[index];
  return slot.state == SlotState::Sent && slot.cid == cid ? &slot : nullptr;
}

const char* TcpQueue::contradiction(const Slot& slot) const noexcept {
  const Command& command = *slot.command;
  if (command.direction == Direction::None || slot.moved == command.data_bytes) {
    return nullptr;
  }
  return command.direction == Direction::ToHost ? "a success with less data than the command asked for"
                                                : "a success of a command whose data it did not fetch";
}

void TcpQueue::handle(PduType type) noexcept {
  switch (type) {
    case PduType::ICResp: handle_icresp(); return;
    case PduType::CapsuleResp: handle_response(); return;
    case PduType::C2HData: handle_data(); return;
    case PduType::R2T: handle_r2t(); return;
    default: handle_termination(); return;  // all others were refused before
  }
}

void TcpQueue::handle_icresp() noexcept {
  const auto icresp = load<nvme_tcp::ICResp>(pdu_);
  if (const auto wrong = check_icresp(icresp, options_.digests)) {
    fault(*wrong);
    return;
  }
  maxh2cdata_ = icresp.maxh2cdata;
  pda_bytes_ = nvme_tcp::pda_bytes(icresp.cpda);
  state_ = State::Ready;
  reactor_->cancel(timer_);
  tell_opened();
}

void TcpQueue::handle_response() noexcept {
  const auto response = load<nvme_tcp::CapsuleResp>(pdu_);
  constexpr uint32_t cid_at = offsetof(nvme_tcp::CapsuleResp, cqe) + offsetof(nvme::Cqe, cid);
  Slot* const slot = find(response.cqe.cid);
  if (slot == nullptr) {
    fault({.information = cid_at, .what = "an answer to a command that is not outstanding"});
    return;
  }
  const auto status = nvme::Status::of_bits(static_cast<uint16_t>(response.cqe.status >> 1U));
  if (!is_gone(*slot)) {
    if (slot->asked_end == 0 || status.is_success()) {
      fault({.error = FatalError::PduSequenceError, .what = "an answer before the command and its data were sent"});
      return;
    }
    slot->state = SlotState::Answered;
    slot->held = status;
    ++held_count_;
    return;
  }
  if (status.is_success()) {
    if (const char* const what = contradiction(*slot)) {
      fault({.error = FatalError::DataTransferOutOfRange, .what = what});
      return;
    }
    // Base 2.0, 6.3: the answer to Connect says FFFFh where there is no flow control.
    constexpr uint16_t no_flow_control = 0xFFFF;
    if (slot->command->sqe.opcode == static_cast<uint8_t>(nvme::AdminOpcode::Fabrics) &&
        response.cqe.sqhd == no_flow_control) {
      depth_ = options_.entries;
    }
  }
  const bool is_damaged = status.is_success() && slot->has_bad_digest;
  complete(*slot, is_damaged ? nvme::Status::retryable(nvme::StatusCode::TransientTransportError) : status,
           response.cqe.result);
}

void TcpQueue::handle_data() noexcept {
  const auto data = load<nvme_tcp::DataPdu>(pdu_);
  if (const auto wrong = check_data_length(data)) {
    fault(*wrong);
    return;
  }
  Slot* const slot = find(data.cccid);
  if (slot == nullptr || !is_gone(*slot)) {
    fault({.information = offsetof(nvme_tcp::DataPdu, cccid), .what = "data of a command that is not outstanding"});
    return;
  }
  const Command& command = *slot->command;
  if (command.direction != Direction::ToHost) {
    fault({.error = FatalError::DataTransferOutOfRange, .what = "data of a command that reads none"});
    return;
  }
  if (slot->has_last) {
    fault({.error = FatalError::PduSequenceError, .what = "data after LAST_PDU"});
    return;
  }
  if (data.datao != slot->moved) {
    fault({.error = FatalError::DataTransferOutOfRange, .what = "data that do not follow those before"});
    return;
  }
  if (data.datal > command.data_bytes - slot->moved) {
    fault({.error = FatalError::DataTransferOutOfRange, .what = "more data than the command asked for"});
    return;
  }
  slot->moved += data.datal;
  slot->has_last = (data.common.flags & flag::LastPdu) != 0;
  data_slot_ = slot;
  data_left_ = data.datal;
  data_digest_ = 0;
  data_flags_ = data.common.flags;
  part_ = Part::Data;
}

void TcpQueue::handle_r2t() noexcept {
  const auto r2t = load<nvme_tcp::R2T>(pdu_);
  Slot* const slot = find(r2t.cccid);
  if (slot == nullptr) {
    fault({.information = offsetof(nvme_tcp::R2T, cccid), .what = "an R2T for a command that is not outstanding"});
    return;
  }
  const Command& command = *slot->command;
  if (command.direction != Direction::ToController || slot->is_in_capsule) {
    fault({.error = FatalError::DataTransferOutOfRange, .what = "an R2T for a command without such data"});
    return;
  }
  if (!is_gone(*slot)) {
    fault({.error = FatalError::R2TLimitExceeded, .what = "an R2T before the one before was answered"});
    return;
  }
  if (r2t.r2tl == 0) {
    fault({.information = offsetof(nvme_tcp::R2T, r2tl), .what = "an R2T for no data"});
    return;
  }
  if (r2t.r2to != slot->asked_end || r2t.r2tl > command.data_bytes - slot->asked_end) {
    fault({.error = FatalError::DataTransferOutOfRange, .what = "an R2T beyond or out of the order of the data"});
    return;
  }
  slot->ttag = r2t.ttag;
  slot->asked_end += r2t.r2tl;
  slot->is_queued = true;
  to_send_.push_back(*slot);
}

void TcpQueue::handle_termination() noexcept {
  const auto request = load<nvme_tcp::TermReq>(pdu_);
  end(fmt::format("the target ended the connection with C2HTermReq: {}",
                  describe(static_cast<FatalError>(static_cast<uint16_t>(request.fes)))),
      true);
}

void TcpQueue::fault(const PduFault& fault) noexcept {
  send_termination(fault);
  end(fmt::format("protocol error: the target sent {}", fault.what), true);
}

}  // namespace outrigger::nvme_host
