// FakeTarget: a listening socket with a controller behind it, for tests of paths: it does what the specification asks
// as far as a path needs it, unless one of its switches says otherwise.
#pragma once

#include "nvme_host/fake_peer.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

class FakeTarget {
 public:
  static constexpr const char* nqn = "nqn.2026-11.org.example:fake";

  FakeTarget() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    check(::bind(socket_.get(), generic, length) == 0 && ::listen(socket_.get(), 16) == 0, "the test listens");
    check(::getsockname(socket_.get(), generic, &length) == 0, "a socket knows its name");
    tcp_port_ = ntohs(address.sin_port);
    identity.cntlid = uint16_t{1};
    identity.kas = uint16_t{10};
    identity.sgls = 1U | (1U << 20U) | (1U << 21U);
    identity.sqes = 0x66;
    identity.cqes = 0x44;
    identity.ioccsz = 260U;
    identity.iorcsz = 1U;
    identity.maxcmd = uint16_t{128};
    identity.nn = 16U;
    identity.mdts = 5;
    identity.cmic = 8;
    identity.nanagrpid = 1U;
    identity.oaes = nvme::oaes::NamespaceAttribute | nvme::oaes::AnaChange;
    std::memcpy(identity.subnqn, nqn, std::strlen(nqn));
  }

  // -- switches
  bool is_silent = false;  // receives, says nothing
  bool ignores_io = false;
  bool is_never_ready = false;
  bool floods_events = false;    // every request for events is answered at once
  uint32_t event = 0x0004'0002;  // which it tells: Namespace Attribute Changed
  // CAP.CRMS.CRWMS, and CRTO; nothing: a controller that has no such property.
  bool has_crwms = false;
  std::optional<uint32_t> crto;
  // Hears of Connect of an I/O queue; false: it is not answered.
  std::function<bool(uint16_t qid)> io_connect;
  bool ignores_logs = false;
  nvme::Status refuses;       // Connect
  uint32_t connect_bits = 0;  // in the result of a successful one
  uint32_t csts = 0;          // beside what is true
  uint32_t queues_granted = 64;
  uint8_t ana_state = 1;
  uint32_t ana_group = 1;
  size_t error_logs_asked = 0;
  size_t error_logs_failing = 0;  // the first ones
  // How Identify ends; nothing: in success.
  std::function<nvme::Status(nvme::Cns cns)> identify_status;
  uint32_t version = 0x0002'0000;  // VS
  std::optional<uint8_t> uuid;     // of namespaces, in all 16 bytes: in the descriptors
  // Of Authentication Send and Receive: how they end, and what the latter returns to the latest message of the host.
  nvme::Status authentication_status;
  std::function<Bytes(std::span<const std::byte> message)> authenticates;
  nvme::IdentifyController identity;
  std::function<std::vector<uint32_t>(uint32_t above)> list = [](uint32_t above) {
    return above == 0 ? std::vector<uint32_t>{1} : std::vector<uint32_t>{};
  };

  // -- what it saw
  size_t commands = 0;
  size_t keep_alives = 0;
  size_t logs_asked = 0;
  size_t authentications = 0;  // commands
  uint32_t kato_ms = 0;
  bool was_shut_down = false;

  [[nodiscard]] uint16_t tcp_port() const { return tcp_port_; }
  void close() { socket_.reset(); }
  void hang_up() { peers_.clear(); }
  // The admin queues' connections, at the end of this pump.
  void hang_up_admin() {
    for (const auto& one : peers_) {
      one->peer.is_closed = one->peer.is_closed || !one->is_io;
    }
  }

  void pump() {
    while (socket_.is_open()) {
      UniqueFd accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!accepted.is_open()) {
        break;
      }
      const int one = 1;
      (void)::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      peers_.push_back(std::make_unique<Connection>(std::move(accepted)));
    }
    for (const auto& one : peers_) {
      one->peer.pump();
      while (const auto pdu = one->peer.take()) {
        if (!is_silent) {
          handle(*one, *pdu);
        }
      }
    }
    std::erase_if(peers_, [](const auto& one) { return one->peer.is_closed; });
  }

 private:
  struct Connection {
    explicit Connection(UniqueFd socket) : peer(std::move(socket)) {}
    FakePeer peer;
    bool is_io = false;
    uint32_t cc = 0;
  };

  void handle(Connection& one, const ReceivedPdu& pdu) {
    if (pdu.type == nvme_tcp::PduType::ICReq) {
      one.peer.send_wire(FakePeer::icresp());
    } else if (pdu.type == nvme_tcp::PduType::CapsuleCmd) {
      ++commands;
      const auto sqe = pdu.as<nvme_tcp::CapsuleCmd>().sqe;
      const bool is_fabrics = sqe.opcode == static_cast<uint8_t>(nvme::AdminOpcode::Fabrics);
      if (is_fabrics && sqe.fctype() >= static_cast<uint8_t>(nvme::FabricsType::AuthenticationSend)) {
        handle_authentication(one, sqe, pdu.data);
      } else if (is_fabrics) {
        handle_fabrics(one, sqe);
      } else if (!one.is_io) {
        handle_admin(one, sqe);
      } else if (!ignores_io) {
        one.peer.send_response(sqe.cid, nvme::Status::final(nvme::StatusCode::InvalidOpcode));
      }
    }
  }
  void handle_fabrics(Connection& one, const nvme::Sqe& sqe) {
    switch (static_cast<nvme::FabricsType>(sqe.fctype())) {
      case nvme::FabricsType::Connect: {
        const auto connect = std::bit_cast<nvme::ConnectSqe>(sqe);
        one.is_io = connect.qid != 0;
        kato_ms = one.is_io ? kato_ms : uint32_t{connect.kato};
        if (one.is_io && io_connect != nullptr && !io_connect(connect.qid)) {
          return;
        }
        one.peer.send_response(sqe.cid, refuses, refuses.is_success() ? 1U | connect_bits : 0U);
        return;
      }
      case nvme::FabricsType::PropertySet:
        one.cc = static_cast<uint32_t>(std::bit_cast<nvme::PropertySqe>(sqe).value);
        was_shut_down = was_shut_down || ((one.cc >> 14U) & 3U) != 0;
        one.peer.send_response(sqe.cid);
        return;
      default: {
        const auto get = std::bit_cast<nvme::PropertySqe>(sqe);
        if (get.offset == static_cast<uint32_t>(nvme::Property::Crto) && !crto.has_value()) {
          one.peer.send_response(sqe.cid, nvme::Status::final(nvme::StatusCode::InvalidField));
        } else {
          one.peer.send_response(sqe.cid, {}, property(one, get));
        }
        return;
      }
    }
  }
  void handle_authentication(Connection& one, const nvme::Sqe& sqe, std::span<const std::byte> data) {
    const bool is_send = sqe.fctype() == static_cast<uint8_t>(nvme::FabricsType::AuthenticationSend);
    ++authentications;
    if (is_send) {
      message_.assign(data.begin(), data.end());
    }
    if (is_send || !authentication_status.is_success() || authenticates == nullptr) {
      one.peer.send_response(sqe.cid, authentication_status);
      return;
    }
    Bytes answer = authenticates(message_);
    answer.resize(sqe.sgl.length);
    one.peer.send_data(sqe.cid, 0, answer, nvme_tcp::flag::LastPdu | nvme_tcp::flag::Success);
  }
  [[nodiscard]] uint64_t property(const Connection& one, const nvme::PropertySqe& sqe) const {
    const bool is_enabled = (one.cc & 1U) != 0 && !is_never_ready;
    const uint32_t shutdown = ((one.cc >> 14U) & 3U) != 0 ? 8U : 0U;
    switch (static_cast<nvme::Property>(uint32_t{sqe.offset})) {
      case nvme::Property::Cap: return 127U | (2ULL << 24U) | (1ULL << 37U) | (static_cast<uint64_t>(has_crwms) << 59U);
      case nvme::Property::Crto: return crto.value_or(0);
      case nvme::Property::Cc: return one.cc;
      case nvme::Property::Csts: return (is_enabled ? 1U : 0U) | shutdown | csts;
      default: return version;
    }
  }
  void handle_admin(Connection& one, const nvme::Sqe& sqe) {
    switch (static_cast<nvme::AdminOpcode>(sqe.opcode)) {
      case nvme::AdminOpcode::Identify: answer_identify(one, sqe); return;
      case nvme::AdminOpcode::GetLogPage:
        ++logs_asked;
        if (nvme::GetLogPageFields(sqe).page == static_cast<uint8_t>(nvme::LogPage::ErrorInformation)) {
          ++error_logs_asked;
          if (error_logs_asked <= error_logs_failing) {
            one.peer.send_response(sqe.cid, nvme::Status::retryable(nvme::StatusCode::InternalError));
            return;
          }
        }
        if (!ignores_logs) {
          answer(one, sqe, log_page(sqe));
        }
        return;
      case nvme::AdminOpcode::SetFeatures:
        one.peer.send_response(sqe.cid, {}, (queues_granted - 1) | ((queues_granted - 1) << 16U));
        return;
      case nvme::AdminOpcode::KeepAlive:
        ++keep_alives;
        one.peer.send_response(sqe.cid);
        return;
      case nvme::AdminOpcode::AsyncEventRequest:
        if (floods_events) {
          one.peer.send_response(sqe.cid, {}, event);
        } else {
          held_ = sqe.cid;
        }
        return;
      default: one.peer.send_response(sqe.cid, nvme::Status::final(nvme::StatusCode::InvalidOpcode)); return;
    }
  }
  void answer_identify(Connection& one, const nvme::Sqe& sqe) const {
    const auto cns = static_cast<nvme::Cns>(uint32_t{sqe.cdw10} & 0xFFU);
    const nvme::Status status = identify_status != nullptr ? identify_status(cns) : nvme::Status();
    if (status.is_success()) {
      answer(one, sqe, identify(sqe));
    } else {
      one.peer.send_response(sqe.cid, status);
    }
  }
  void answer(Connection& one, const nvme::Sqe& sqe, Bytes data) const {
    data.resize(sqe.sgl.length);
    one.peer.send_data(sqe.cid, 0, data, nvme_tcp::flag::LastPdu | nvme_tcp::flag::Success);
    // A controller that floods answers what it holds as well.
    if (floods_events && held_ != 0) {
      one.peer.send_response(std::exchange(held_, uint16_t{0}), {}, event);
    }
  }
  [[nodiscard]] Bytes identify(const nvme::Sqe& sqe) const {
    switch (static_cast<nvme::Cns>(uint32_t{sqe.cdw10} & 0xFFU)) {
      case nvme::Cns::Controller: return bytes_of(identity);
      case nvme::Cns::ActiveNamespaces: {
        Bytes data;
        for (const uint32_t nsid : list(sqe.nsid)) {
          const Bytes wire = bytes_of(le32(nsid));
          data.insert(data.end(), wire.begin(), wire.end());
        }
        return data;
      }
      case nvme::Cns::Namespace: {
        nvme::IdentifyNamespace space;
        space.nsze = uint64_t{1000};
        space.lbaf[0].lbads = 9;
        space.anagrpid = 1U;
        return bytes_of(space);
      }
      case nvme::Cns::NamespaceDescriptors: {
        if (!uuid.has_value()) {
          return {};
        }
        nvme::NamespaceIdDescriptor head;
        head.nidt = static_cast<uint8_t>(nvme::NamespaceIdType::Uuid);
        head.nidl = 16;
        Bytes data = bytes_of(head);
        data.resize(data.size() + 16, static_cast<std::byte>(*uuid));
        return data;
      }
      default: return {};
    }
  }
  [[nodiscard]] Bytes log_page(const nvme::Sqe& sqe) const {
    if (nvme::GetLogPageFields(sqe).page != static_cast<uint8_t>(nvme::LogPage::Ana)) {
      return {};
    }
    nvme::AnaLogHeader header;
    header.group_count = uint16_t{1};
    nvme::AnaGroupDescriptor group;
    group.group = ana_group;
    group.namespace_count = 1U;
    group.state = ana_state;
    Bytes data = bytes_of(header);
    for (const Bytes& part : {bytes_of(group), bytes_of(le32(1U))}) {
      data.insert(data.end(), part.begin(), part.end());
    }
    return data;
  }

  UniqueFd socket_;
  uint16_t tcp_port_ = 0;
  std::vector<std::unique_ptr<Connection>> peers_;
  mutable uint16_t held_ = 0;
  Bytes message_;
};

}  // namespace outrigger::nvme_host
