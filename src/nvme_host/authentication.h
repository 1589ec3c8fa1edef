// Authentication: our side of in-band authentication of one association's queues (Base 2.0, 8.13.2): transactions as
// commands on a queue that is connected, one at a time. Control reactor; for an AdminSession, whose jobs await it.
#pragma once

#include "core/job.h"
#include "nvme_auth/host_transaction.h"
#include "nvme_host/admin_call.h"
#include "nvme_host/key_exchange_pace.h"
#include "nvme_host/path_security.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

class Authentication {
 public:
  // `pace` nullptr: one of its own.
  Authentication(core::Reactor& control, std::shared_ptr<const PathSecurity> security, nvme_auth::Parties parties,
                 std::shared_ptr<KeyExchangePace> pace);
  Authentication(const Authentication&) = delete;
  Authentication& operator=(const Authentication&) = delete;

  // One transaction. The queue takes commands and is on the control reactor; there is a host key.
  core::Job<Result<void>> run(TcpQueue& queue, nvme_auth::SecureChannel secure_channel);
  // The latest one failed, and the same keys will fail again.
  [[nodiscard]] bool is_denied() const noexcept { return is_denied_; }
  // What the latest one generated, once.
  [[nodiscard]] std::optional<nvme_auth::InputPsk> take_generated_psk() { return std::exchange(psk_, std::nullopt); }

 private:
  using Transaction = nvme_auth::HostTransaction;

  core::Job<Result<void>> exchange(TcpQueue& queue, Transaction& transaction);
  core::Job<Result<void>> send(TcpQueue& queue, Transaction& transaction);
  core::Job<Result<void>> receive(TcpQueue& queue, Transaction& transaction);
  core::Job<Result<void>> wait_for_turn(TcpQueue& queue);
  [[nodiscard]] std::unexpected<Error> failed(const TcpQueue& queue, const char* what, nvme::Status status);
  [[nodiscard]] std::unexpected<Error> denied(const TcpQueue& queue, const Transaction& transaction, bool is_ours);

  core::Reactor& control_;
  const std::shared_ptr<const PathSecurity> security_;
  const nvme_auth::Parties parties_;
  const std::shared_ptr<KeyExchangePace> pace_;
  nvme_auth::SequenceNumber sequence_;
  uint16_t t_id_ = 0;
  bool is_denied_ = false;
  std::optional<nvme_auth::InputPsk> psk_;
};

}  // namespace outrigger::nvme_host
