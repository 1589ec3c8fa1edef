// Connection: what it says. Headers are put into the send queue's ring as they become due; a turn's worth goes out with
// one call.
#include "nvme_tcp/connection.h"
#include "nvme_tcp/digest.h"
#include "nvme_tcp/limits.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace outrigger::nvme_tcp {

// With its digest where agreed. `header` begins with a CommonHeader.
void Connection::append_header(void* header, uint32_t bytes) noexcept {
  if (!agreement_.digests.header) {
    send_.append(header, bytes);
    return;
  }
  static_cast<CommonHeader*>(header)->flags |= flag::Hdgstf;
  send_.append(header, bytes);
  const le32 value = digest(header, bytes);
  send_.append(&value, sizeof(value));
}

void Connection::append_icresp() noexcept {
  ICResp response;
  response.common = {
      .type = static_cast<uint8_t>(PduType::ICResp), .flags = 0, .hlen = sizeof(ICResp), .pdo = 0, .plen = {}};
  response.common.plen = uint32_t{sizeof(ICResp)};
  response.dgst = agreement_.digests.dgst();
  response.maxh2cdata = maxh2cdata_bytes;
  send_.append(&response, sizeof(response));
}

// All of a command's data are asked for at once: one R2T, whatever MAXR2T allows.
void Connection::append_r2t(Slot& slot) noexcept {
  R2T request;
  request.common.type = static_cast<uint8_t>(PduType::R2T);
  request.common.hlen = sizeof(R2T);
  request.common.plen = uint32_t{sizeof(R2T)} + agreement_.digests.header_bytes();
  request.cccid = slot.command.sqe.cid;
  request.ttag = slot.ttag;
  request.r2tl = slot.command.data_bytes;
  append_header(&request, sizeof(request));
}

// One PDU whatever its length: data, padding to HPDA, digest.
void Connection::append_c2hdata(Slot& slot, bool is_whole_answer) noexcept {
  static constexpr std::array<std::byte, (pda_max + 1) * 4> zeroes{};
  const nvme::Command& command = slot.command;
  const uint32_t alignment = pda_bytes(agreement_.hpda);
  const uint32_t header_bytes = sizeof(DataPdu) + agreement_.digests.header_bytes();
  const uint32_t pdo = (header_bytes + alignment - 1) / alignment * alignment;
  DataPdu header;
  header.common.type = static_cast<uint8_t>(PduType::C2HData);
  header.common.flags = static_cast<uint8_t>(flag::LastPdu | (is_whole_answer ? flag::Success : 0U) |
                                             (agreement_.digests.data ? flag::Ddgstf : 0U));
  header.common.hlen = sizeof(DataPdu);
  header.common.pdo = static_cast<uint8_t>(pdo);
  header.common.plen = pdo + command.data_bytes + agreement_.digests.data_bytes();
  header.cccid = command.sqe.cid;
  header.datal = command.data_bytes;
  append_header(&header, sizeof(header));
  if (pdo != header_bytes) {
    send_.append(zeroes.data(), pdo - header_bytes);
  }
  send_.append(slot);
  if (agreement_.digests.data) {
    const le32 value = digest(slot.buffers(), command.data_bytes);
    send_.append(&value, sizeof(value));
  }
}

void Connection::append_response(const Slot& slot) noexcept {
  const nvme::Command& command = slot.command;
  CapsuleResp response;
  response.common.type = static_cast<uint8_t>(PduType::CapsuleResp);
  response.common.hlen = sizeof(CapsuleResp);
  response.common.plen = uint32_t{sizeof(CapsuleResp)} + agreement_.digests.header_bytes();
  response.cqe.result = command.result;
  if (has_flow_control_) {
    response.cqe.sqhd = static_cast<uint16_t>(sqhd_);
  }
  if (state_ == State::Connecting && connect_queue_.has_queue()) {
    // The answer to Connect: FFFFh agrees to go without flow control (Base 2.0, 6.3).
    const bool wants_none = (connect_queue_.sqe().cattr & cattr_no_flow_control) != 0;
    response.cqe.sqhd = wants_none ? uint16_t{0xFFFF} : uint16_t{1};
  }
  response.cqe.cid = command.sqe.cid;
  response.cqe.status = static_cast<uint16_t>(command.status.bits() << 1U);
  append_header(&response, sizeof(response));
}

void Connection::flush() noexcept {
  std::array<iovec, send_pieces_max> pieces;
  for (uint32_t calls = 0; !send_.is_empty() && !is_send_blocked_; ++calls) {
    if (calls == sends_per_turn_max) {
      group_->mark(*this);
      break;
    }
    const size_t count = send_.gather(pieces);
    const ssize_t bytes = stream_->write(pieces.data(), count);
    if (bytes == -EAGAIN) {
      is_send_blocked_ = true;
      send_.each_slot([this](Slot& slot) noexcept { keep_loan(slot); });
      group_->mark(*this);
      break;
    }
    if (bytes <= 0) {
      says_farewell_ = false;
      end("the connection broke");
      return;
    }
    send_.sent(static_cast<size_t>(bytes));
    release_sent();
  }
  unsent_.note(group_->reactor().turn_ns(), send_.sent_bytes(), send_.waiting_bytes());
}

void Connection::release_sent() noexcept {
  while (Slot* const slot = send_.take_finished()) {
    release_data(*slot);
    free_slot(*slot);
  }
}

}  // namespace outrigger::nvme_tcp
