// Discovery: what a discovery controller tells of subsystems and where they are (Base 2.0, 3.1.3.3 and 5.16.1.23):
// asked once, or followed as it changes. Control reactor.
#pragma once

#include "base/counted_limiter.h"
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
  // Of a DiscoveryQuestion: for all of it.
  uint32_t question_timeout_ms = 15'000;
  // Of a DiscoveryWatch. The delay is doubled for every further try, up to the longest; where the controller does not
  // tell of changes, its log is read again after `poll_ms`.
  uint32_t keep_alive_ms = 30'000;
  uint32_t reconnect_delay_ms = 1'000;
  uint32_t reconnect_delay_max_ms = 30'000;
  uint32_t poll_ms = 30'000;
  std::shared_ptr<const PathSecurity> security{};  // nullptr: no keys
  std::shared_ptr<KeyExchangePace> pace{};         // nullptr: one of its own
};

// One record of the log, its texts made printable.
struct DiscoveryRecord {
  nvme::TransportType trtype = nvme::TransportType::Tcp;
  nvme::AddressFamily adrfam = nvme::AddressFamily::Ipv4;
  nvme::SubsystemType subtype = nvme::SubsystemType::Nvm;
  uint8_t treq = 0;  // TREQ bits 1:0: 0 not specified, 1 secure channel required, 2 not required
  bool requires_secure_channel = false;
  uint16_t portid = 0;
  uint16_t cntlid = 0;
  uint8_t sectype = 0;  // TCP: 0 none, 1 TLS 1.2, 2 TLS 1.3
  std::string traddr;
  std::string trsvcid;
  std::string subnqn;
  friend bool operator==(const DiscoveryRecord&, const DiscoveryRecord&) = default;
};

// A log, as it was in one generation.
struct DiscoveryLog {
  uint64_t generation = 0;    // GENCTR
  uint64_t record_count = 0;  // NUMREC, of which at most discovery_records_max are here
  std::vector<DiscoveryRecord> records;
  bool is_secure = false;         // it came through TLS
  bool is_authenticated = false;  // this host had proven who it is
};

// Asks once: connects, reads the whole log and leaves.
class DiscoveryQuestion {
 public:
  DiscoveryQuestion(core::Reactor& control, DiscoveryOptions options);
  ~DiscoveryQuestion();
  DiscoveryQuestion(const DiscoveryQuestion&) = delete;
  DiscoveryQuestion& operator=(const DiscoveryQuestion&) = delete;

  // Once. Ends within question_timeout_ms and the time that a shutdown takes.
  core::Job<Result<DiscoveryLog>> ask();
  // It ends soon, with an error.
  void interrupt() noexcept;

 private:
  core::Reactor& control_;
  const DiscoveryOptions options_;
  std::unique_ptr<TcpQueueOwner> owner_;
  std::unique_ptr<AdminSession> session_;
  core::Timer timer_;
  bool is_late_ = false;
  bool is_interrupted_ = false;
};
// The same, for who needs no more.
[[nodiscard]] core::Job<Result<std::vector<DiscoveryRecord>>> fetch_discovery(core::Reactor* control,
                                                                              DiscoveryOptions options);

// What follows one discovery controller. An interface, so that who stands above can be tested without sockets.
class DiscoveryFeed {
 public:
  // Tells of every new list, the first one included.
  using Changed = std::move_only_function<void(const std::vector<DiscoveryRecord>&)>;
  virtual ~DiscoveryFeed() = default;
  virtual void start() = 0;
  // Once started, before its destruction. Waits for nothing that the controller might say.
  virtual core::Job<void> stop() = 0;
  // Connected, with the list that the controller has now.
  [[nodiscard]] virtual bool is_current() const noexcept = 0;
  // There was a list since the start; it stays when the connection breaks.
  [[nodiscard]] virtual bool has_log() const noexcept = 0;
  [[nodiscard]] virtual const DiscoveryLog& log() const noexcept = 0;
  // Of the latest failure.
  [[nodiscard]] virtual const std::string& why() const noexcept = 0;
};

// Stays connected to a discovery controller.
class DiscoveryWatch final : public DiscoveryFeed, private TcpQueueOwner {
 public:
  DiscoveryWatch(core::Reactor& control, DiscoveryOptions options, Changed changed);
  // Was never started, or has been stopped.
  ~DiscoveryWatch() override;
  DiscoveryWatch(const DiscoveryWatch&) = delete;
  DiscoveryWatch& operator=(const DiscoveryWatch&) = delete;

  void start() override;
  core::Job<void> stop() override;
  [[nodiscard]] bool is_current() const noexcept override { return is_current_; }
  [[nodiscard]] bool has_log() const noexcept override { return has_log_; }
  [[nodiscard]] const DiscoveryLog& log() const noexcept override { return log_; }
  [[nodiscard]] const std::string& why() const noexcept override { return why_; }

 private:
  void queue_broken(TcpQueue& queue) noexcept override;
  core::Job<void> run();
  core::Job<Result<void>> follow();
  core::Job<Result<void>> read_list();
  core::Job<Result<void>> ask_for_events();
  core::Job<void> pause_until(uint64_t deadline_ns);

  core::Reactor& control_;
  const DiscoveryOptions options_;
  Changed changed_;
  Bell bell_;
  AsyncEvents events_;
  KeepAlive keep_alive_;
  std::unique_ptr<AdminSession> session_;
  core::Timer reading_timer_;  // one reading of the log may take discovery_reading_ns_max
  log::CountedLimiter limiter_;
  DiscoveryLog log_;
  std::string why_;
  uint64_t read_at_ns_ = 0;  // when the log was read last
  uint32_t delay_ms_ = 0;    // before the next try to connect
  bool has_log_ = false;
  bool has_events_ = false;
  bool is_current_ = false;
  bool is_broken_ = false;
  bool is_reading_ = false;
  bool is_late_ = false;  // the present reading
  bool is_stopping_ = false;
  bool is_over_ = true;
  core::Event<bool> over_;
};

}  // namespace outrigger::nvme_host
