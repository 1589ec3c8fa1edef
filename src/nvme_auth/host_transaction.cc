// The host's side of DH-HMAC-CHAP.
#include "nvme_auth/host_transaction.h"

#include "nvme_auth/limits.h"
#include "nvme_auth/response.h"

#include <algorithm>

namespace outrigger::nvme_auth {

Result<HostTransaction> HostTransaction::create(Options options, const DhchapKey& host_key,
                                                const DhchapKey* controller_key, SequenceNumber& sequence) {
  OR_TRY(check_setup(options.parties, options.algorithms));
  if (options.secure_channel != SecureChannel::None) {
    std::erase_if(options.algorithms.hashes, [](HashId hash) { return !is_for_concatenation(hash); });
    std::erase_if(options.algorithms.dh_groups, [](DhGroup group) { return !is_for_concatenation(group); });
    if (options.algorithms.hashes.empty() || options.algorithms.dh_groups.empty()) {
      return fail(Code::InvalidArgument,
                  "a secure channel needs SHA-256 or SHA-384 and a DH group; the authentication allows none");
    }
  }
  Secret transformed_host_key = host_key.transformed(options.parties.hostnqn);
  Secret transformed_controller_key;
  if (controller_key != nullptr) {
    transformed_controller_key = controller_key->transformed(options.parties.subnqn);
  }
  return HostTransaction(std::move(options), std::move(transformed_host_key), std::move(transformed_controller_key),
                         sequence);
}

HostTransaction::HostTransaction(Options options, Secret host_key, Secret controller_key, SequenceNumber& sequence)
    : options_(std::move(options)),
      host_key_(std::move(host_key)),
      controller_key_(std::move(controller_key)),
      sequence_(&sequence),
      outgoing_(build_negotiate(options_.t_id, options_.secure_channel, options_.algorithms.hashes,
                                options_.algorithms.dh_groups)) {}

void HostTransaction::message_sent() {
  outgoing_.clear();
  if (step_ == Step::SendNegotiate) {
    step_ = Step::Challenge;
  } else if (step_ == Step::SendReply) {
    step_ = Step::Success1;
  } else if (step_ == Step::SendSuccess2) {
    finish(TransactionState::Authenticated);
  }
}

void HostTransaction::receive(std::span<const std::byte> message) {
  if (state_ == TransactionState::Failed) {
    return;
  }
  if (message.size() > message_bytes_max) {
    return fail_with(Explanation::IncorrectPayload);
  }
  const auto kind = kind_of(message);
  if (!kind.has_value() || kind->t_id != options_.t_id) {
    return fail_with(Explanation::IncorrectMessage);
  }
  if (kind->id == MessageId::Failure1) {
    outgoing_.clear();
    failure_ = parse_failure(message);
    return finish(TransactionState::Failed);
  }
  Parsed<void> done = std::unexpected(Explanation::IncorrectMessage);
  if (step_ == Step::Challenge && kind->id == MessageId::Challenge) {
    done = on_challenge(message);
  } else if (step_ == Step::Success1 && kind->id == MessageId::Success1) {
    done = on_success1(message);
  }
  if (!done.has_value()) {
    fail_with(done.error());
  }
}

std::optional<InputPsk> HostTransaction::take_generated_psk() {
  if (state_ != TransactionState::Authenticated || psk_.is_empty()) {
    return std::nullopt;
  }
  return InputPsk{PskType::Generated, hash_, std::move(psk_)};
}

Parsed<void> HostTransaction::on_challenge(std::span<const std::byte> message) {
  const auto challenge = parse_challenge(message);
  if (!challenge.has_value()) {
    return std::unexpected(challenge.error());
  }
  if (std::ranges::find(options_.algorithms.hashes, challenge->hash) == options_.algorithms.hashes.end()) {
    return std::unexpected(Explanation::HashNotUsable);
  }
  if (std::ranges::find(options_.algorithms.dh_groups, challenge->dh_group) == options_.algorithms.dh_groups.end()) {
    return std::unexpected(Explanation::DhGroupNotUsable);
  }
  hash_ = challenge->hash;
  dh_group_ = challenge->dh_group;
  const auto agreed = agree(*challenge);
  if (!agreed.has_value()) {
    return std::unexpected(agreed.error());
  }
  send_reply(*challenge, *agreed);
  return {};
}

Parsed<Secret> HostTransaction::agree(const Challenge& challenge) {
  if (dh_group_ == DhGroup::Null) {
    return Secret{};
  }
  auto key = EphemeralKey::generate(dh_group_);
  if (!key.has_value()) {
    return std::unexpected(Explanation::DhGroupNotUsable);
  }
  dh_key_.emplace(std::move(*key));
  const auto shared = dh_key_->shared_secret(challenge.dh_value);
  if (!shared.has_value()) {
    return std::unexpected(Explanation::IncorrectPayload);
  }
  return session_key(hash_, shared->bytes());
}

void HostTransaction::send_reply(const Challenge& challenge, const Secret& agreed) {
  const bool is_bidirectional = !controller_key_.is_empty();
  const bool is_concatenated = options_.secure_channel != SecureChannel::None;
  ResponseInput input{.hash = hash_,
                      .key = host_key_.bytes(),
                      .session_key = agreed.bytes(),
                      .challenge = challenge.challenge,
                      .seqnum = challenge.seqnum,
                      .t_id = options_.t_id,
                      .sc_c = options_.secure_channel,
                      .hostnqn = options_.parties.hostnqn,
                      .subnqn = options_.parties.subnqn};
  const Secret response = host_response(input);
  Secret ours = Secret::zeroes(hash_bytes(hash_));
  if (is_bidirectional || is_concatenated) {
    fill_random(ours.writable());
  }
  const uint32_t seqnum = is_bidirectional ? sequence_->next() : 0;
  if (is_bidirectional) {
    input.key = controller_key_.bytes();
    input.challenge = ours.bytes();
    input.seqnum = seqnum;
    expected_ = controller_response(input);
  }
  if (is_concatenated) {
    psk_ = generated_psk(hash_, agreed.bytes(), challenge.challenge, ours.bytes());
  }
  outgoing_ = build_reply(options_.t_id,
                          {.has_challenge = is_bidirectional || is_concatenated,
                           .seqnum = seqnum,
                           .response = response.bytes(),
                           .challenge = ours.bytes(),
                           .dh_value = dh_key_.has_value() ? dh_key_->public_value() : std::span<const std::byte>{}});
  step_ = Step::SendReply;
}

Parsed<void> HostTransaction::on_success1(std::span<const std::byte> message) {
  const auto success = parse_success1(message, hash_);
  if (!success.has_value()) {
    return std::unexpected(success.error());
  }
  if (expected_.is_empty()) {
    finish(TransactionState::Authenticated);
    return {};
  }
  if (!expected_.equals(success->response)) {
    return std::unexpected(Explanation::AuthenticationFailed);
  }
  outgoing_ = build_success2(options_.t_id);
  step_ = Step::SendSuccess2;
  return {};
}

void HostTransaction::fail_with(Explanation explanation) {
  failure_ = static_cast<uint8_t>(explanation);
  outgoing_ = build_failure(MessageId::Failure2, options_.t_id, explanation);
  finish(TransactionState::Failed);
}

void HostTransaction::finish(TransactionState state) {
  state_ = state;
  step_ = Step::Done;
  host_key_ = {};
  controller_key_ = {};
  expected_ = {};
  dh_key_.reset();
  if (state == TransactionState::Failed) {
    psk_ = {};
  }
}

}  // namespace outrigger::nvme_auth
