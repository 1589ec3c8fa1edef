// ControllerTransaction: the controller's side of one DH-HMAC-CHAP transaction (Base 2.0, 8.13.5), without a transport.
// The owner gives it what Authentication Send brings, takes what Authentication Receive is to return, and times it out.
//
// One object is one transaction: for a re-authentication the owner makes a new one when AUTH_Negotiate comes, and keeps
// the old result until the new one is there. An AUTH_Negotiate amid a transaction ends it. Control reactor: a receive()
// computes for up to tens of milliseconds in the largest DH group.
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"
#include "nvme_auth/transaction.h"

#include <optional>
#include <span>

namespace outrigger::nvme_auth {

class ControllerTransaction {
 public:
  enum class Concatenation : uint8_t { Refused, Allowed, Required };
  struct Options {
    Parties parties;
    Algorithms algorithms;
    Concatenation concatenation = Concatenation::Refused;
    // The queue runs over TLS already: a host may replace its PSK, but not ask for a first one (and the other way
    // round).
    bool has_secure_channel = false;
  };

  // `controller_key` null: hosts that want to authenticate us fail. `sequence` belongs to the controller and outlives
  // the transaction. InvalidArgument as check_setup() says.
  static Result<ControllerTransaction> create(Options options, const DhchapKey& host_key,
                                              const DhchapKey* controller_key, SequenceNumber& sequence);

  // Data of an Authentication Send.
  void receive(std::span<const std::byte> message);
  // What the next Authentication Receive returns; empty: nothing, the host is out of order. Stays until message_sent().
  [[nodiscard]] std::span<const std::byte> message() const noexcept { return outgoing_; }
  void message_sent();

  [[nodiscard]] TransactionState state() const noexcept { return state_; }
  // Why it failed: the Explanation that we sent, or the number that the host did.
  [[nodiscard]] uint8_t failure() const noexcept { return failure_; }
  [[nodiscard]] HashId hash() const noexcept { return hash_; }
  [[nodiscard]] DhGroup dh_group() const noexcept { return dh_group_; }
  // What the host asked for; what the generated PSK is for.
  [[nodiscard]] SecureChannel secure_channel() const noexcept { return sc_c_; }
  // Of an authenticated transaction with concatenation; once.
  [[nodiscard]] std::optional<InputPsk> take_generated_psk();

 private:
  enum class Step : uint8_t { Negotiate, SendChallenge, Reply, SendSuccess1, Success2, Done };

  ControllerTransaction(Options options, Secret host_key, Secret controller_key, SequenceNumber& sequence)
      : options_(std::move(options)),
        host_key_(std::move(host_key)),
        controller_key_(std::move(controller_key)),
        sequence_(&sequence) {}

  Parsed<void> on_negotiate(std::span<const std::byte> message);
  Parsed<void> select(const Negotiate& negotiate);
  Parsed<void> send_challenge();
  Parsed<void> on_reply(std::span<const std::byte> message);
  Parsed<Secret> agree(std::span<const std::byte> dh_value) const;
  void fail_with(Explanation explanation);
  void finish(TransactionState state);

  Options options_;
  Secret host_key_;        // transformed
  Secret controller_key_;  // transformed; empty: none
  SequenceNumber* sequence_;

  Step step_ = Step::Negotiate;
  TransactionState state_ = TransactionState::Running;
  uint8_t failure_ = 0;
  Message outgoing_;
  uint16_t t_id_ = 0;
  SecureChannel sc_c_ = SecureChannel::None;
  HashId hash_ = HashId::Sha256;
  DhGroup dh_group_ = DhGroup::Null;
  uint32_t seqnum_ = 0;
  Secret challenge_;
  std::optional<EphemeralKey> dh_key_;
  bool is_bidirectional_ = false;
  Secret psk_;
};

}  // namespace outrigger::nvme_auth
