// Target: one address at which hosts find us. It listens, turns away whoever is too many, and owns the connections that
// came in until they are gone. Control reactor.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "core/job.h"
#include "core/reactor.h"
#include "nvme/authentication_turns.h"
#include "nvme/port.h"
#include "nvme_tcp/admission.h"
#include "nvme_tcp/connection.h"
#include "nvme_tcp/group.h"
#include "nvme_tcp/limits.h"
#include "nvme_tcp/strangers.h"
#include "nvme_tcp/tls_stream.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace outrigger::nvme_tcp {

struct TargetOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6
  uint16_t tcp_port = 0;              // 0: one that is free
  uint16_t port_id = 1;               // PORTID
  // Hosts without TLS are turned away.
  bool requires_tls = false;
  // Borrowed; nullptr: no host may come with TLS.
  PskLookup* keys = nullptr;
  // Borrowed: where TLS handshakes wait for their turn; nullptr: they do not.
  nvme::AuthenticationTurns* turns = nullptr;
  // Borrowed: what all targets of a daemon may take together; nullptr: it has one of its own.
  Admission* admission = nullptr;
  uint32_t connections_max = nvme_tcp::connections_max;
  uint32_t connections_per_peer_max = nvme_tcp::connections_per_peer_max;
  uint32_t unready_per_peer_max = nvme_tcp::unready_per_peer_max;
  uint32_t ending_per_peer_max = nvme_tcp::ending_per_peer_max;
  ConnectionOptions connection;
};

class Target final : private core::FdWatch, private ConnectionOwner {
 public:
  // `groups` and `desk` are borrowed.
  static Result<std::unique_ptr<Target>> listen(GroupSet& groups, ConnectDesk& desk, TargetOptions options);
  // Must have been closed.
  ~Target() override;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  // Where hosts reach it, with the TCP port that it has.
  [[nodiscard]] const nvme::Port& port() const noexcept { return port_; }
  [[nodiscard]] uint16_t tcp_port() const noexcept { return tcp_port_; }
  // From now on. Connections that are there stay; what came in the clear and is not let in yet is refused at Connect.
  // InvalidArgument: it has no keys.
  Result<void> require_tls(bool is_required);
  [[nodiscard]] size_t connection_count() const noexcept { return connections_.size(); }

  // Takes a connected socket as if it had come in here, from the peer at `address`; may turn it away.
  void accept(UniqueFd socket, const std::string& address, uint16_t peer_port);
  // Listens no more, ends every connection and waits until they are gone. Once.
  core::Job<void> close();

 private:
  struct Entry final : Stranger {
    Entry(Target& its_target, std::unique_ptr<Connection> its_connection, std::string its_address,
          std::string its_network, uint64_t its_number)
        : target(its_target),
          connection(std::move(its_connection)),
          address(std::move(its_address)),
          network(std::move(its_network)),
          number(its_number) {}
    void displace() noexcept override { target.displace(*this); }

    Target& target;
    const std::unique_ptr<Connection> connection;
    const std::string address;  // the peer's, without its port
    const std::string network;
    const uint64_t number;                     // in the order in which they came, at any target
    uint64_t memory_bytes = connection_bytes;  // that it is counted with
    bool is_displaced = false;
    bool is_ending = false;
  };
  // Connections of one address.
  struct Peer {
    uint32_t all = 0;
    uint32_t unready = 0;
    uint32_t ending = 0;
  };

  Target(GroupSet& groups, ConnectDesk& desk, TargetOptions options);
  Result<void> open();
  void on_ready(uint32_t events) noexcept override;
  void look_away(uint64_t pause_ns) noexcept;
  void look_again() noexcept;
  [[nodiscard]] bool may_have_entries(Connection& connection, uint32_t count) noexcept override;
  void take_entries(Connection& connection, uint32_t count) noexcept override;
  void connection_ready(Connection& connection) noexcept override;
  void connection_ending(Connection& connection) noexcept override;
  void connection_gone(Connection& connection) noexcept override;
  // For one more from `address`: why there can be none; empty: there is.
  [[nodiscard]] std::string_view make_room_for(const std::string& address, const std::string& network) noexcept;
  void displace(Entry& entry) noexcept;
  void forget_stranger(const Entry& entry) noexcept;

  GroupSet& groups_;
  ConnectDesk& desk_;
  TargetOptions options_;
  std::unique_ptr<Admission> own_admission_;
  Admission& admission_;
  core::Reactor& control_;
  nvme::Port port_;
  uint16_t tcp_port_ = 0;
  UniqueFd socket_;
  bool is_watching_ = false;
  core::Timer pause_;
  log::Limiter limiter_;
  std::unordered_map<Connection*, Entry> connections_;
  std::map<std::string, Peer> peers_;  // by address
  Strangers strangers_;
  core::Event<bool> all_gone_;
  bool is_closing_ = false;
};

}  // namespace outrigger::nvme_tcp
