#include "nvme/authenticator.h"

#include "block/iov_cursor.h"
#include "nvme/fabrics_format.h"
#include "nvme/host_data.h"
#include "nvme/limits.h"
#include "nvme_auth/limits.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace outrigger::nvme {
namespace {}  // namespace

Authenticator::Authenticator(core::Reactor& control, AuthenticationOwner& owner, Options options)
    : control_(control), owner_(owner), options_(options), is_proven_(options.is_proven) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept {
    auto& self = *static_cast<Authenticator*>(timer.owner);
    self.has_failed_ = true;
    self.owner_.authentication_timed_out();
  };
}

Authenticator::~Authenticator() { stop_timer(); }

void Authenticator::execute(Command& command, Done done) {
  const auto sqe = std::bit_cast<AuthenticationSqe>(command.sqe);
  if (sqe.secp != security_protocol_nvme || sqe.spsp0 != security_protocol_specific ||
      sqe.spsp1 != security_protocol_specific) {
    return done(Status::final(StatusCode::InvalidField));
  }
  // A host sends, waits for the answer, and then receives.
  if (place_.is_waiting()) {
    return done(Status::final(StatusCode::CommandSequenceError));
  }
  const bool is_send = static_cast<FabricsType>(sqe.fctype) == FabricsType::AuthenticationSend;
  if (!is_send) {
    return done(receive(command, command.data_bytes));
  }
  waiting_ = std::move(done);
  const bool is_coming = owner_.enter_turn(place_, [this, &command] {
    Done answer = std::move(waiting_);
    answer(owner_.is_leaving() ? Status::final(StatusCode::AbortRequested) : send(command, command.data_bytes));
  });
  if (!is_coming) {
    Done answer = std::move(waiting_);
    answer(Status::retryable(StatusCode::CommandInterrupted));
  }
}

void Authenticator::give_up() {
  if (place_.is_waiting()) {
    place_.leave();
    Done answer = std::move(waiting_);
    answer(Status::final(StatusCode::AbortRequested));
  }
}

Status Authenticator::send(const Command& command, uint32_t length) {
  if (has_failed_) {
    return Status::final(StatusCode::CommandSequenceError);
  }
  // One byte too many is enough to see that it is too long.
  std::vector<std::byte> message(std::min<size_t>(length, nvme_auth::message_bytes_max + 1));
  block::IovCursor(command.iov).gather(message.data(), message.size());
  // A message amid a transaction is the transaction's, whatever it is.
  if (!transaction_ || transaction_->state() != nvme_auth::TransactionState::Running) {
    begin(message);
  }
  if (transaction_) {
    transaction_->receive(message);
  }
  look();
  return {};
}

Status Authenticator::receive(Command& command, uint32_t length) {
  const std::span<const std::byte> answer = message();
  if (answer.empty()) {
    return Status::final(StatusCode::CommandSequenceError);
  }
  if (length < answer.size()) {
    return Status::final(StatusCode::InvalidField);
  }
  fill_host_data(command, answer);
  if (transaction_) {
    transaction_->message_sent();
  }
  refusal_.clear();
  look();
  return {};
}

void Authenticator::begin(std::span<const std::byte> message) {
  transaction_.reset();
  stop_timer();
  control_.arm(timer_, control_.clock().now_ns() + authentication_ms_max * 1'000'000ULL);
  const std::shared_ptr<const HostSecurity> security = owner_.security();
  if (security == nullptr || !security->host_key) {
    refuse(message);
    return;
  }
  auto made = nvme_auth::ControllerTransaction::create(
      {.parties = owner_.parties(),
       .algorithms = security->algorithms,
       .concatenation = options_.concatenation,
       .has_secure_channel = options_.is_secure},
      *security->host_key, security->controller_key ? &*security->controller_key : nullptr, owner_.sequence());
  if (!made.has_value()) {
    refuse(message);
    return;
  }
  transaction_.emplace(std::move(*made));
}

// Nothing is agreed with this host (any more): it learns no more than one with a wrong key.
void Authenticator::refuse(std::span<const std::byte> message) {
  const auto kind = nvme_auth::kind_of(message);
  refusal_ = nvme_auth::build_failure(nvme_auth::MessageId::Failure1, kind ? kind->t_id : uint16_t{0},
                                      nvme_auth::Explanation::AuthenticationFailed);
  has_failed_ = true;
}

// What became of the transaction?
void Authenticator::look() {
  if (!transaction_ || transaction_->state() == nvme_auth::TransactionState::Running) {
    return;
  }
  if (transaction_->state() == nvme_auth::TransactionState::Failed) {
    // The timer runs on until the host has fetched why.
    has_failed_ = true;
    return;
  }
  stop_timer();
  is_proven_ = true;
  if (const auto psk = transaction_->take_generated_psk()) {
    owner_.psk_generated(*psk);
  }
}

void Authenticator::stop_timer() noexcept {
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
}

std::span<const std::byte> Authenticator::message() const noexcept {
  return transaction_ ? transaction_->message() : std::span<const std::byte>(refusal_);
}

}  // namespace outrigger::nvme
