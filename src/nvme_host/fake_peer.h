// FakePeer: the target's end of a connection, for tests: it takes PDUs apart and sends whatever the test wants, right
// or wrong.
#pragma once

#include "base/check.h"
#include "base/unique_fd.h"
#include "nvme/fabrics_format.h"
#include "nvme/identify_format.h"
#include "nvme/log_format.h"
#include "nvme/status.h"
#include "nvme_tcp/digest.h"
#include "nvme_tcp/pdu.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

using Bytes = std::vector<std::byte>;

template <typename Wire>
Bytes bytes_of(const Wire& wire) {
  Bytes bytes(sizeof(wire));
  std::memcpy(bytes.data(), &wire, sizeof(wire));
  return bytes;
}
template <typename Wire>
Wire wire_of(std::span<const std::byte> bytes) {
  check(bytes.size() >= sizeof(Wire), "the test sent a whole structure");
  Wire wire;
  std::memcpy(&wire, bytes.data(), sizeof(wire));
  return wire;
}

struct ReceivedPdu {
  nvme_tcp::PduType type{};
  uint8_t flags = 0;
  Bytes header;
  Bytes data;
  bool has_good_digests = true;
  template <typename Wire>
  [[nodiscard]] Wire as() const {
    return wire_of<Wire>(header);
  }
};

class FakePeer {
 public:
  explicit FakePeer(UniqueFd socket) : socket_(std::move(socket)) {}

  bool has_header_digest = false;
  bool has_data_digest = false;
  std::deque<ReceivedPdu> inbox;
  bool is_closed = false;  // by the other end

  // Receives what is there, and sends what waits. True: something moved.
  bool pump() {
    if (!socket_.is_open()) {
      return false;
    }
    bool has_moved = flush();
    std::byte piece[65536];
    for (;;) {
      const ssize_t got = ::recv(socket_.get(), piece, sizeof(piece), MSG_DONTWAIT);
      if (got <= 0) {
        is_closed = is_closed || got == 0 || errno != EAGAIN;
        break;
      }
      has_moved = true;
      raw_.insert(raw_.end(), piece, piece + got);
    }
    parse();
    return has_moved;
  }
  std::optional<ReceivedPdu> take() {
    if (inbox.empty()) {
      return std::nullopt;
    }
    ReceivedPdu pdu = std::move(inbox.front());
    inbox.pop_front();
    return pdu;
  }

  void send_raw(std::span<const std::byte> bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    flush();
  }
  template <typename Wire>
  void send_wire(const Wire& wire) {
    send_raw(bytes_of(wire));
  }
  // A PDU with all that was agreed: lengths, digests and flags are filled in here.
  template <typename Pdu>
  void send_pdu(Pdu pdu, std::span<const std::byte> data = {}) {
    send_raw(make_pdu(pdu, data));
  }
  template <typename Pdu>
  [[nodiscard]] Bytes make_pdu(Pdu pdu, std::span<const std::byte> data = {}) const {
    const size_t lead = sizeof(Pdu) + (has_header_digest ? 4 : 0);
    const size_t trail = data.empty() || !has_data_digest ? 0 : 4;
    pdu.common.hlen = sizeof(Pdu);
    pdu.common.flags = static_cast<uint8_t>(pdu.common.flags | (has_header_digest ? 1 : 0) | (trail != 0 ? 2 : 0));
    pdu.common.pdo = data.empty() ? uint8_t{0} : static_cast<uint8_t>(lead);
    pdu.common.plen = static_cast<uint32_t>(lead + data.size() + trail);
    Bytes bytes = bytes_of(pdu);
    if (has_header_digest) {
      const Bytes digest = bytes_of(le32(nvme_tcp::digest(bytes.data(), bytes.size())));
      bytes.insert(bytes.end(), digest.begin(), digest.end());
    }
    bytes.insert(bytes.end(), data.begin(), data.end());
    if (trail != 0) {
      const Bytes digest = bytes_of(le32(nvme_tcp::digest(data.data(), data.size())));
      bytes.insert(bytes.end(), digest.begin(), digest.end());
    }
    return bytes;
  }
  static nvme_tcp::ICResp icresp(uint8_t digests = 0, uint32_t maxh2cdata = 1U << 20U, uint8_t cpda = 0) {
    nvme_tcp::ICResp made;
    made.common.type = static_cast<uint8_t>(nvme_tcp::PduType::ICResp);
    made.common.hlen = sizeof(made);
    made.common.plen = uint32_t{sizeof(made)};
    made.cpda = cpda;
    made.dgst = digests;
    made.maxh2cdata = maxh2cdata;
    return made;
  }
  void send_response(uint16_t cid, nvme::Status status = {}, uint64_t result = 0, uint16_t sqhd = 0xFFFF) {
    nvme_tcp::CapsuleResp made;
    made.common.type = static_cast<uint8_t>(nvme_tcp::PduType::CapsuleResp);
    made.cqe.cid = cid;
    made.cqe.result = result;
    made.cqe.sqhd = sqhd;
    made.cqe.status = static_cast<uint16_t>(status.bits() << 1U);
    send_pdu(made);
  }
  static nvme_tcp::DataPdu data_header(uint16_t cid, uint32_t offset, size_t bytes, uint8_t flags) {
    nvme_tcp::DataPdu made;
    made.common.type = static_cast<uint8_t>(nvme_tcp::PduType::C2HData);
    made.common.flags = flags;
    made.cccid = cid;
    made.datao = offset;
    made.datal = static_cast<uint32_t>(bytes);
    return made;
  }
  void send_data(uint16_t cid, uint32_t offset, std::span<const std::byte> data, uint8_t flags) {
    send_pdu(data_header(cid, offset, data.size(), flags), data);
  }
  void send_r2t(uint16_t cid, uint16_t ttag, uint32_t offset, uint32_t bytes) {
    nvme_tcp::R2T made;
    made.common.type = static_cast<uint8_t>(nvme_tcp::PduType::R2T);
    made.cccid = cid;
    made.ttag = ttag;
    made.r2to = offset;
    made.r2tl = bytes;
    send_pdu(made);
  }
  void hang_up() { socket_.reset(); }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

 private:
  bool flush() {
    const size_t before = out_.size();
    while (!out_.empty() && socket_.is_open()) {
      const ssize_t went = ::send(socket_.get(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (went <= 0) {
        break;
      }
      out_.erase(out_.begin(), out_.begin() + went);
    }
    return out_.size() != before;
  }
  void parse() {
    while (raw_.size() >= sizeof(nvme_tcp::CommonHeader)) {
      const auto common = wire_of<nvme_tcp::CommonHeader>(raw_);
      if (raw_.size() < common.plen) {
        return;
      }
      ReceivedPdu pdu;
      pdu.type = static_cast<nvme_tcp::PduType>(common.type);
      pdu.flags = common.flags;
      pdu.header.assign(raw_.begin(), raw_.begin() + common.hlen);
      take_digests(common, pdu);
      raw_.erase(raw_.begin(), raw_.begin() + static_cast<ptrdiff_t>(uint32_t{common.plen}));
      inbox.push_back(std::move(pdu));
    }
  }
  void take_digests(const nvme_tcp::CommonHeader& common, ReceivedPdu& pdu) {
    const std::span<const std::byte> raw = raw_;
    if ((common.flags & 1U) != 0) {
      pdu.has_good_digests = wire_of<le32>(raw.subspan(common.hlen)) == nvme_tcp::digest(raw.data(), common.hlen);
    }
    if (pdu.type == nvme_tcp::PduType::H2CTermReq) {
      pdu.data.assign(raw.begin() + common.hlen, raw.begin() + static_cast<ptrdiff_t>(uint32_t{common.plen}));
      return;
    }
    if (common.pdo == 0) {
      return;
    }
    const size_t trail = (common.flags & 2U) != 0 ? 4 : 0;
    const auto data = raw.subspan(common.pdo, common.plen - common.pdo - trail);
    pdu.data.assign(data.begin(), data.end());
    if (trail != 0) {
      pdu.has_good_digests = pdu.has_good_digests && wire_of<le32>(raw.subspan(common.pdo + data.size())) ==
                                                         nvme_tcp::digest(data.data(), data.size());
    }
  }

  UniqueFd socket_;
  Bytes raw_;
  Bytes out_;
};

}  // namespace outrigger::nvme_host
