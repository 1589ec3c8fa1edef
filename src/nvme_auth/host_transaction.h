// HostTransaction: the host's side of one DH-HMAC-CHAP transaction (Base 2.0, 8.13.5), without a transport. The owner
// sends message() with Authentication Send, calls message_sent(), and gives receive() what the Authentication Receive
// after it returned, until the state is no longer Running and message() is empty. Control reactor.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"
#include "nvme_auth/transaction.h"

#include <optional>
#include <span>

namespace outrigger::nvme_auth {

class HostTransaction {
 public:
  struct Options {
    Parties parties;
    Algorithms algorithms;
    // With a concatenation, only what can make a secure channel is offered.
    SecureChannel secure_channel = SecureChannel::None;
    uint16_t t_id = 0;  // another than that of the queue's last transaction
  };

  // `controller_key` null: the controller is not authenticated. `sequence` belongs to the host and outlives the
  // transaction. InvalidArgument as check_setup() says, or when nothing is left to offer.
  static Result<HostTransaction> create(Options options, const DhchapKey& host_key, const DhchapKey* controller_key,
                                        SequenceNumber& sequence);

  // For the next Authentication Send; empty: the controller's turn (Running), or nothing more to say.
  [[nodiscard]] std::span<const std::byte> message() const noexcept { return outgoing_; }
  void message_sent();
  // What an Authentication Receive returned.
  void receive(std::span<const std::byte> message);

  [[nodiscard]] TransactionState state() const noexcept { return state_; }
  // Why it failed: the Explanation that we sent, or the number that the controller did.
  [[nodiscard]] uint8_t failure() const noexcept { return failure_; }
  [[nodiscard]] HashId hash() const noexcept { return hash_; }
  [[nodiscard]] DhGroup dh_group() const noexcept { return dh_group_; }
  // Of an authenticated transaction with concatenation; once.
  [[nodiscard]] std::optional<InputPsk> take_generated_psk();

 private:
  enum class Step : uint8_t { SendNegotiate, Challenge, SendReply, Success1, SendSuccess2, Done };

  HostTransaction(Options options, Secret host_key, Secret controller_key, SequenceNumber& sequence);

  Parsed<void> on_challenge(std::span<const std::byte> message);
  Parsed<Secret> agree(const Challenge& challenge);
  Parsed<void> on_success1(std::span<const std::byte> message);
  void send_reply(const Challenge& challenge, const Secret& agreed);
  void fail_with(Explanation explanation);
  void finish(TransactionState state);

  Options options_;
  Secret host_key_;        // transformed
  Secret controller_key_;  // transformed; empty: none
  SequenceNumber* sequence_;

  Step step_ = Step::SendNegotiate;
  TransactionState state_ = TransactionState::Running;
  uint8_t failure_ = 0;
  Message outgoing_;
  HashId hash_ = HashId::Sha256;
  DhGroup dh_group_ = DhGroup::Null;
  std::optional<EphemeralKey> dh_key_;
  Secret expected_;  // R2; empty: the controller is not authenticated
  Secret psk_;
};

}  // namespace outrigger::nvme_auth
