// Authenticator: in-band authentication of one queue (Base 2.0, 8.13.2): takes its Authentication Send and Receive
// commands, one transaction after the other. What an earlier transaction proved counts until another one fails. Control
// reactor.
#pragma once

#include "core/reactor.h"
#include "nvme/authentication_turns.h"
#include "nvme/command.h"
#include "nvme/host_security.h"
#include "nvme_auth/controller_transaction.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace outrigger::nvme {

// What the queues of one controller have in common. Outlives them.
class AuthenticationOwner {
 public:
  virtual ~AuthenticationOwner() = default;
  [[nodiscard]] virtual nvme_auth::Parties parties() const = 0;
  // As it is at this moment; nullptr: nothing is agreed with this host.
  [[nodiscard]] virtual std::shared_ptr<const HostSecurity> security() const = 0;
  [[nodiscard]] virtual nvme_auth::SequenceNumber& sequence() noexcept = 0;
  // The host wants TLS from now on, with this.
  virtual void psk_generated(const nvme_auth::InputPsk& psk) = 0;
  // As AuthenticationTurns::enter().
  [[nodiscard]] virtual bool enter_turn(AuthenticationTurns::Place& place, AuthenticationTurns::Work work) = 0;
  // Its connections have been told to go: nothing more is worth computing.
  [[nodiscard]] virtual bool is_leaving() const noexcept = 0;
  // A transaction was begun and not finished in time.
  virtual void authentication_timed_out() noexcept = 0;
};

class Authenticator {
 public:
  struct Options {
    bool is_required = false;
    // Already, in another way: through the PSK of its TLS.
    bool is_proven = false;
    bool is_secure = false;  // through TLS
    // Of an admin queue; I/O queues make no PSKs (8.13.5.2).
    nvme_auth::ControllerTransaction::Concatenation concatenation =
        nvme_auth::ControllerTransaction::Concatenation::Refused;
  };
  Authenticator(core::Reactor& control, AuthenticationOwner& owner, Options options);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // Has it proven what it must, once? Stays: a queue goes home once.
  [[nodiscard]] bool is_admitted() const noexcept { return is_proven_ || !options_.is_required; }
  // And nothing failed since.
  [[nodiscard]] bool is_satisfied() const noexcept { return is_admitted() && !has_failed_; }
  // The host is who it says.
  [[nodiscard]] bool is_proven() const noexcept { return is_proven_ && !has_failed_; }
  // All is said, and the association shall end. Looked at after each command has been answered.
  [[nodiscard]] bool wants_end() const noexcept { return has_failed_ && message().empty(); }

  // Does an Authentication Send or Receive, of which the data are there. `done` is called once with its answer's
  // status, at once or when it is the host's turn; what it holds keeps the owner, and the owner this.
  using Done = std::move_only_function<void(Status)>;
  void execute(Command& command, Done done);
  // The connection goes: a command that waits for its turn ends.
  void give_up();

 private:
  [[nodiscard]] Status send(const Command& command, uint32_t length);
  [[nodiscard]] Status receive(Command& command, uint32_t length);
  void begin(std::span<const std::byte> message);
  void refuse(std::span<const std::byte> message);
  void look();
  void stop_timer() noexcept;
  [[nodiscard]] std::span<const std::byte> message() const noexcept;

  core::Reactor& control_;
  AuthenticationOwner& owner_;
  const Options options_;
  std::optional<nvme_auth::ControllerTransaction> transaction_;
  nvme_auth::Message refusal_;  // in place of a transaction
  bool is_proven_ = false;
  bool has_failed_ = false;
  AuthenticationTurns::Place place_;  // of a Send
  Done waiting_;                      // the answer of that
  core::Timer timer_;
};

}  // namespace outrigger::nvme
