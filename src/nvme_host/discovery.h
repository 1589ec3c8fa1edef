// Discovery: what a discovery controller tells of subsystems and where they are (Base 2.0, 3.1.3.3 and 5.16.1.23):
// asked once, or followed as it changes. Control reactor.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "core/reactor.h"
#include "nvme/fabrics_format.h"
#include "nvme_host/admin_session.h"
#include "nvme_host/async_events.h"
#include "nvme_host/bell.h"
#include "nvme_host/keep_alive.h"
#include "nvme_host/tcp_socket.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

struct DiscoveryOptions {
  TcpAddress address;
  std::string subnqn = std::string(nvme::discovery_nqn);
  std::string hostnqn;
  std::array<uint8_t, 16> hostid{};
  bool has_header_digest = false;
  bool has_data_digest = false;
  uint32_t answer_timeout_ms = 5'000;  // for TCP, ICResp and every command
  // Of a DiscoveryWatch.
  uint32_t keep_alive_ms = 30'000;
  uint32_t reconnect_delay_ms = 10'000;
};

// One record of the log, its texts made printable.
struct DiscoveryRecord {
  nvme::TransportType trtype = nvme::TransportType::Tcp;
  nvme::AddressFamily adrfam = nvme::AddressFamily::Ipv4;
  nvme::SubsystemType subtype = nvme::SubsystemType::Nvm;
  bool requires_secure_channel = false;  // TREQ
  uint16_t portid = 0;
  uint16_t cntlid = 0;
  uint8_t sectype = 0;  // TCP: 0 none, 1 TLS 1.2, 2 TLS 1.3
  std::string traddr;
  std::string trsvcid;
  std::string subnqn;
  friend bool operator==(const DiscoveryRecord&, const DiscoveryRecord&) = default;
};

// Connects, reads the whole log (at most discovery_records_max records) and leaves.
[[nodiscard]] core::Job<Result<std::vector<DiscoveryRecord>>> fetch_discovery(core::Reactor* control,
                                                                              DiscoveryOptions options);

// Stays connected to a discovery controller, and tells of every new list, the first one included.
class DiscoveryWatch final : private TcpQueueOwner {
 public:
  using Changed = std::move_only_function<void(const std::vector<DiscoveryRecord>&)>;
  DiscoveryWatch(core::Reactor& control, DiscoveryOptions options, Changed changed);
  // Was never started, or has been stopped.
  ~DiscoveryWatch() override;
  DiscoveryWatch(const DiscoveryWatch&) = delete;
  DiscoveryWatch& operator=(const DiscoveryWatch&) = delete;

  void start();
  core::Job<void> stop();
  // Connected, with the list that the controller has now.
  [[nodiscard]] bool is_current() const noexcept { return is_current_; }
  // Of the latest failure.
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

 private:
  void queue_broken(TcpQueue& queue) noexcept override;
  core::Job<void> run();
  core::Job<Result<void>> follow();
  core::Job<Result<void>> read_list();

  core::Reactor& control_;
  const DiscoveryOptions options_;
  Changed changed_;
  Bell bell_;
  AsyncEvents events_;
  KeepAlive keep_alive_;
  std::unique_ptr<AdminSession> session_;
  std::vector<DiscoveryRecord> list_;
  std::string why_;
  bool has_list_ = false;
  bool is_current_ = false;
  bool is_broken_ = false;
  bool is_stopping_ = false;
  bool is_over_ = true;
  core::Event<bool> over_;
};

}  // namespace outrigger::nvme_host
