// AdminSession: one association with a controller, as far as its admin queue goes: connecting, with TLS and
// authentication where they are configured or asked for (Base 2.0, 8.13), the controller's initialisation
// (Base 2.0, 3.5.1 and 3.5.2), what admin commands tell, and the shutdown. Control reactor; for a Path and for
// discovery, whose jobs await one function of it at a time.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "nvme/feature_format.h"
#include "nvme/identify_format.h"
#include "nvme/log_format.h"
#include "nvme_host/admin_call.h"
#include "nvme_host/authentication.h"
#include "nvme_host/path_security.h"
#include "nvme_host/tcp_queue.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace outrigger::nvme_host {

// Who we are, and to whom we want.
struct Association {
  std::string subnqn;
  std::string hostnqn;
  std::array<uint8_t, 16> hostid{};
  uint32_t keep_alive_ms = 0;
  std::shared_ptr<const PathSecurity> security{};  // nullptr: no keys
  std::shared_ptr<KeyExchangePace> pace{};         // nullptr: one of its own
  bool is_discovery = false;                       // with a discovery controller
};

class AdminSession {
 public:
  AdminSession(core::Reactor& control, TcpQueueOwner& owner, TcpQueueOptions options, Association association);

  // The connection and Connect; before them, with secure channel concatenation, another association in the clear that
  // makes the key of TLS.
  core::Job<Result<void>> open();
  // The controller's enabling.
  core::Job<Result<void>> enable();
  // Identify Controller; refuses what we could not work with.
  core::Job<Result<void>> identify();
  // Connect of an I/O queue that is open. Nothing but this session's jobs may use that queue meanwhile.
  core::Job<Result<void>> connect_queue(TcpQueue& queue, uint16_t qid);

  // Identify with another CNS; `data` of identify_bytes.
  core::Job<Result<void>> identify_other(nvme::Cns cns, uint32_t nsid, std::span<std::byte> data);
  // The same, where what the controller says of it matters: an error is the connection's.
  core::Job<Result<nvme::Status>> ask_identify(nvme::Cns cns, uint32_t nsid, std::span<std::byte> data);
  // Gives the result dword.
  core::Job<Result<uint32_t>> set_feature(nvme::FeatureId id, uint32_t value);
  // Reads all of `data` from `offset` on, in as many commands as it takes; clears the event that told of it.
  core::Job<Result<void>> read_log(nvme::LogPage page, uint64_t offset, std::span<std::byte> data);
  // CC.SHN, and waits for it, within shutdown_ns_max.
  core::Job<void> shut_down();
  // Takes the connection down; afterwards nothing of it can be heard any more.
  core::Job<void> close();
  // From outside of its jobs: what they wait for ends with an error.
  void interrupt() noexcept {
    is_interrupted_ = true;
    queue_->close();
  }
  // The admin queue authenticates once more; there is a host key.
  core::Job<Result<void>> reauthenticate();

  [[nodiscard]] TcpQueue& queue() noexcept { return *queue_; }
  [[nodiscard]] const nvme::IdentifyController& identity() const noexcept { return *identity_; }
  [[nodiscard]] uint16_t cntlid() const noexcept { return cntlid_; }
  // Whether the controller is of this revision of the specification or of a later one (VS).
  [[nodiscard]] bool is_version(uint32_t major, uint32_t minor) const noexcept {
    return version_ >= (major << 16U | minor << 8U);
  }
  // Entries that an I/O queue of it may have; most data of one command (0: no limit); data that a capsule holds.
  [[nodiscard]] uint32_t entries_max() const noexcept;
  [[nodiscard]] uint32_t transfer_bytes_max() const noexcept;
  [[nodiscard]] uint32_t in_capsule_bytes() const noexcept;
  // The controller said that asking again will give the same.
  [[nodiscard]] bool is_refused() const noexcept { return is_refused_; }
  // Keys are missing or wrong: asking again with the same will give the same.
  [[nodiscard]] bool is_denied() const noexcept { return is_denied_; }
  // The key of TLS for this association's queues; nullptr: they are in the clear. Once it is open.
  [[nodiscard]] const std::shared_ptr<const nvme_auth::TlsPsk>& tls() const noexcept { return tls_; }
  // An I/O queue did not open: whether that is because of keys.
  void note_not_opened(const TcpQueue& queue) noexcept { is_denied_ = is_denied_ || judges_as_denied(queue); }
  // This host has proven who it is with a key: by authentication, or by a PSK that came out of one.
  [[nodiscard]] bool is_authenticated() const noexcept { return is_authenticated_; }

 private:
  core::Job<Result<uint64_t>> get_property(nvme::Property property);
  core::Job<Result<void>> set_property(nvme::Property property, uint32_t value);
  // How long a controller may take to become ready, or not.
  core::Job<Result<uint64_t>> ready_timeout_ns();
  // Until CSTS.RDY is `is_ready`.
  core::Job<Result<void>> wait_ready(bool is_ready, uint64_t timeout_ns);
  core::Job<Result<void>> open_queue(TcpQueueOwner& owner, std::shared_ptr<const nvme_auth::TlsPsk> tls,
                                     nvme_auth::SecureChannel secure_channel);
  core::Job<Result<void>> agree_on_tls_key();
  core::Job<Result<nvme::Status>> connect(TcpQueue& queue, uint16_t qid, nvme_auth::SecureChannel secure_channel);
  // What Connect's result asks for, and what our keys do.
  core::Job<Result<void>> authenticate(TcpQueue& queue, uint32_t result, nvme_auth::SecureChannel secure_channel);
  [[nodiscard]] bool has_generated_key() const noexcept;
  // With a PSK of an authentication a later one may do: the target may have forgotten it.
  [[nodiscard]] bool judges_as_denied(const TcpQueue& queue) const noexcept {
    return queue.is_tls_refused() && !has_generated_key();
  }
  [[nodiscard]] std::unexpected<Error> denied(const TcpQueue& queue, std::string why);
  [[nodiscard]] Result<void> judge_identity() const;
  // The error of a command that failed: what it says, or why the connection broke.
  [[nodiscard]] std::unexpected<Error> failed(const TcpQueue& queue, const char* what, nvme::Status status) const;
  [[nodiscard]] std::unexpected<Error> refused(nvme::Status status, uint32_t result);

  core::Reactor& control_;
  TcpQueueOwner& owner_;
  const TcpQueueOptions queue_options_;
  Association association_;
  std::shared_ptr<TcpQueue> queue_;
  std::unique_ptr<nvme::IdentifyController> identity_;
  uint64_t capabilities_ = 0;
  uint32_t version_ = 0;
  uint16_t cntlid_ = 0xFFFF;  // any
  bool is_refused_ = false;
  bool is_denied_ = false;
  bool is_interrupted_ = false;
  bool is_authenticated_ = false;
  std::shared_ptr<const nvme_auth::TlsPsk> tls_;
  Authentication authentication_;
  core::Timer shutdown_timer_;
};

// Text of at most `bytes`, padded with blanks, that is not to be trusted: what is no printable ASCII becomes '?'.
[[nodiscard]] std::string printable(const char* text, size_t bytes);

}  // namespace outrigger::nvme_host
