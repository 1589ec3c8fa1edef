// The controller's side of DH-HMAC-CHAP.
#include "nvme_auth/controller_transaction.h"

#include "nvme_auth/limits.h"
#include "nvme_auth/response.h"

#include <algorithm>

namespace outrigger::nvme_auth {
namespace {

// The first of ours that the host has too and that `is_usable`.
template <typename T, typename Usable>
std::optional<T> choose(const std::vector<T>& ours, std::span<const std::byte> theirs, Usable is_usable) {
  for (const T candidate : ours) {
    if (is_usable(candidate) && std::ranges::find(theirs, static_cast<std::byte>(candidate)) != theirs.end()) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<ControllerTransaction> ControllerTransaction::create(Options options, const DhchapKey& host_key,
                                                            const DhchapKey* controller_key, SequenceNumber& sequence) {
  OR_TRY(check_setup(options.parties, options.algorithms));
  Secret transformed_host_key = host_key.transformed(options.parties.hostnqn);
  Secret transformed_controller_key;
  if (controller_key != nullptr) {
    transformed_controller_key = controller_key->transformed(options.parties.subnqn);
  }
  return ControllerTransaction(std::move(options), std::move(transformed_host_key),
                               std::move(transformed_controller_key), sequence);
}

void ControllerTransaction::receive(std::span<const std::byte> message) {
  if (state_ == TransactionState::Failed) {
    return;  // what we have to say stays until it is fetched
  }
  if (message.size() > message_bytes_max) {
    return fail_with(Explanation::IncorrectPayload);
  }
  const auto kind = kind_of(message);
  if (!kind.has_value()) {
    return fail_with(Explanation::IncorrectMessage);
  }
  if (kind->id == MessageId::Failure2 && step_ != Step::Negotiate && kind->t_id == t_id_) {
    outgoing_.clear();
    failure_ = parse_failure(message);
    return finish(TransactionState::Failed);
  }
  Parsed<void> done;
  if (step_ == Step::Negotiate && kind->id == MessageId::Negotiate) {
    done = on_negotiate(message);
  } else if (kind->t_id != t_id_) {
    done = std::unexpected(Explanation::IncorrectMessage);
  } else if (step_ == Step::Reply && kind->id == MessageId::Reply) {
    done = on_reply(message);
  } else if (step_ == Step::Success2 && kind->id == MessageId::Success2) {
    done = message.size() < sizeof(Success2Format) ? Parsed<void>(std::unexpected(Explanation::IncorrectPayload))
                                                   : Parsed<void>();
    if (done.has_value()) {
      finish(TransactionState::Authenticated);
    }
  } else {
    done = std::unexpected(Explanation::IncorrectMessage);
  }
  if (!done.has_value()) {
    fail_with(done.error());
  }
}

void ControllerTransaction::message_sent() {
  outgoing_.clear();
  if (step_ == Step::SendChallenge) {
    step_ = Step::Reply;
  } else if (step_ == Step::SendSuccess1) {
    step_ = Step::Success2;
    if (!is_bidirectional_) {
      finish(TransactionState::Authenticated);
    }
  }
}

std::optional<InputPsk> ControllerTransaction::take_generated_psk() {
  if (state_ != TransactionState::Authenticated || psk_.is_empty()) {
    return std::nullopt;
  }
  return InputPsk{PskType::Generated, hash_, std::move(psk_)};
}

Parsed<void> ControllerTransaction::on_negotiate(std::span<const std::byte> message) {
  const auto negotiate = parse_negotiate(message);
  // AUTH_Failure1 carries the transaction's identifier, whatever is wrong with the rest.
  t_id_ = kind_of(message)->t_id;
  if (!negotiate.has_value()) {
    return std::unexpected(negotiate.error());
  }
  if (auto selected = select(*negotiate); !selected.has_value()) {
    return selected;
  }
  return send_challenge();
}

Parsed<void> ControllerTransaction::select(const Negotiate& negotiate) {
  sc_c_ = negotiate.sc_c;
  const bool is_concatenated = sc_c_ != SecureChannel::None;
  const SecureChannel fitting = options_.has_secure_channel ? SecureChannel::ReplaceTlsPsk : SecureChannel::NewTlsPsk;
  if (is_concatenated ? options_.concatenation == Concatenation::Refused || sc_c_ != fitting
                      : options_.concatenation == Concatenation::Required) {
    return std::unexpected(Explanation::ConcatenationMismatch);
  }
  const auto is_usable = [is_concatenated](auto it) { return !is_concatenated || is_for_concatenation(it); };
  const auto hash = choose(options_.algorithms.hashes, negotiate.hash_ids, is_usable);
  if (!hash.has_value()) {
    return std::unexpected(Explanation::HashNotUsable);
  }
  const auto group = choose(options_.algorithms.dh_groups, negotiate.dh_ids, is_usable);
  if (!group.has_value()) {
    return std::unexpected(Explanation::DhGroupNotUsable);
  }
  hash_ = *hash;
  dh_group_ = *group;
  return {};
}

Parsed<void> ControllerTransaction::send_challenge() {
  std::span<const std::byte> dh_value;
  if (dh_group_ != DhGroup::Null) {
    auto key = EphemeralKey::generate(dh_group_);
    if (!key.has_value()) {
      return std::unexpected(Explanation::DhGroupNotUsable);
    }
    dh_key_.emplace(std::move(*key));
    dh_value = dh_key_->public_value();
  }
  challenge_ = Secret::zeroes(hash_bytes(hash_));
  fill_random(challenge_.writable());
  seqnum_ = sequence_->next();
  outgoing_ = build_challenge(t_id_, {hash_, dh_group_, seqnum_, challenge_.bytes(), dh_value});
  step_ = Step::SendChallenge;
  return {};
}

Parsed<Secret> ControllerTransaction::agree(std::span<const std::byte> dh_value) const {
  if (!dh_key_.has_value()) {
    return Secret{};
  }
  // Our own value back is no key of the host's.
  if (is_equal(dh_value, dh_key_->public_value())) {
    return std::unexpected(Explanation::IncorrectPayload);
  }
  const auto shared = dh_key_->shared_secret(dh_value);
  if (!shared.has_value()) {
    return std::unexpected(Explanation::IncorrectPayload);
  }
  return session_key(hash_, shared->bytes());
}

Parsed<void> ControllerTransaction::on_reply(std::span<const std::byte> message) {
  const auto reply = parse_reply(message, hash_, dh_group_);
  if (!reply.has_value()) {
    return std::unexpected(reply.error());
  }
  auto agreed = agree(reply->dh_value);
  if (!agreed.has_value()) {
    return std::unexpected(agreed.error());
  }
  ResponseInput input{.hash = hash_,
                      .key = host_key_.bytes(),
                      .session_key = agreed->bytes(),
                      .challenge = challenge_.bytes(),
                      .seqnum = seqnum_,
                      .t_id = t_id_,
                      .sc_c = sc_c_,
                      .hostnqn = options_.parties.hostnqn,
                      .subnqn = options_.parties.subnqn};
  if (!host_response(input).equals(reply->response)) {
    return std::unexpected(Explanation::AuthenticationFailed);
  }
  // 8.13.5.4: a challenge without a sequence number is there for the generated PSK only.
  const bool is_concatenated = sc_c_ != SecureChannel::None;
  is_bidirectional_ = reply->has_challenge && reply->seqnum != 0;
  if (reply->has_challenge ? !is_bidirectional_ && !is_concatenated : is_concatenated) {
    return std::unexpected(Explanation::IncorrectPayload);
  }
  // Our own challenge back would have us answer it ourselves.
  if (reply->has_challenge && is_equal(reply->challenge, challenge_.bytes())) {
    return std::unexpected(Explanation::AuthenticationFailed);
  }
  if (is_bidirectional_ && controller_key_.is_empty()) {
    return std::unexpected(Explanation::AuthenticationFailed);
  }
  if (is_concatenated) {
    psk_ = generated_psk(hash_, agreed->bytes(), challenge_.bytes(), reply->challenge);
  }
  Secret response;
  if (is_bidirectional_) {
    input.key = controller_key_.bytes();
    input.challenge = reply->challenge;
    input.seqnum = reply->seqnum;
    response = controller_response(input);
  }
  outgoing_ = build_success1(t_id_, hash_, response.bytes());
  step_ = Step::SendSuccess1;
  return {};
}

void ControllerTransaction::fail_with(Explanation explanation) {
  failure_ = static_cast<uint8_t>(explanation);
  outgoing_ = build_failure(MessageId::Failure1, t_id_, explanation);
  finish(TransactionState::Failed);
}

void ControllerTransaction::finish(TransactionState state) {
  state_ = state;
  step_ = Step::Done;
  host_key_ = {};
  controller_key_ = {};
  challenge_ = {};
  dh_key_.reset();
  if (state == TransactionState::Failed) {
    psk_ = {};
  }
}

}  // namespace outrigger::nvme_auth
