#include "nvme_host/authentication.h"

#include "base/check.h"
#include "nvme/fabrics_format.h"
#include "nvme_auth/limits.h"
#include "nvme_host/limits.h"

#include <bit>
#include <utility>

namespace outrigger::nvme_host {

using nvme_auth::TransactionState;

namespace {

nvme::Sqe authentication_sqe(nvme::FabricsType type, size_t length) noexcept {
  nvme::AuthenticationSqe sqe;
  sqe.fctype = static_cast<uint8_t>(type);
  sqe.spsp0 = sqe.spsp1 = 0x01;
  sqe.secp = 0xE9;  // the security protocol of NVM Express
  sqe.length = static_cast<uint32_t>(length);
  return std::bit_cast<nvme::Sqe>(sqe);
}

bool is_challenge(std::span<const std::byte> message) noexcept {
  const auto kind = nvme_auth::kind_of(message);
  return kind.has_value() && kind->id == nvme_auth::MessageId::Challenge;
}

}  // namespace

Authentication::Authentication(core::Reactor& control, std::shared_ptr<const PathSecurity> security,
                               nvme_auth::Parties parties, std::shared_ptr<KeyExchangePace> pace)
    : control_(control),
      security_(std::move(security)),
      parties_(std::move(parties)),
      pace_(pace != nullptr ? std::move(pace) : std::make_shared<KeyExchangePace>()),
      t_id_(static_cast<uint16_t>(nvme_auth::random_u32())) {}

std::unexpected<Error> Authentication::failed(const TcpQueue& queue, const char* what, nvme::Status status) {
  const std::string where = queue.options().address.text();
  if (!queue.is_live()) {
    return fail(Code::Unavailable, "{}: {}: {}", where, what, queue.why());
  }
  is_denied_ = status.is_final();
  return fail(Code::Unauthenticated, "{}: {} failed with status {:03x}h", where, what,
              static_cast<uint16_t>(status.code()));
}

std::unexpected<Error> Authentication::denied(const TcpQueue& queue, const Transaction& transaction, bool is_ours) {
  using nvme_auth::Explanation;
  is_denied_ = true;
  const bool is_key = transaction.failure() == static_cast<uint8_t>(Explanation::AuthenticationFailed);
  const std::string where = queue.options().address.text();
  if (is_key && is_ours) {
    return fail(Code::Unauthenticated,
                "{}: authentication failed: the target did not prove that it has the controller key of subsystem {}",
                where, parties_.subnqn);
  }
  if (is_key) {
    return fail(
        Code::Unauthenticated,
        "{}: authentication failed: the target does not accept our DH-HMAC-CHAP key of host {} for subsystem {}", where,
        parties_.hostnqn, parties_.subnqn);
  }
  return fail(Code::Unauthenticated, "{}: authentication of host {} for subsystem {} failed, says {}: {}", where,
              parties_.hostnqn, parties_.subnqn, is_ours ? "this host" : "the target",
              nvme_auth::explanation_text(transaction.failure()));
}

core::Job<Result<void>> Authentication::run(TcpQueue& queue, nvme_auth::SecureChannel secure_channel) {
  check(security_ != nullptr && security_->host_key.has_value(), "who authenticates has a key");
  is_denied_ = false;
  psk_.reset();
  auto made = Transaction::create(
      {.parties = parties_, .algorithms = security_->algorithms, .secure_channel = secure_channel, .t_id = ++t_id_},
      *security_->host_key, security_->controller_key ? &*security_->controller_key : nullptr, sequence_);
  if (!made.has_value()) {
    is_denied_ = true;
    co_return std::unexpected(made.error());
  }
  Transaction& transaction = *made;
  auto exchanging = exchange(queue, transaction);
  auto exchanged = co_await exchanging;
  if (exchanged.has_value()) {
    psk_ = transaction.take_generated_psk();
  }
  co_return exchanged;
}

// The transaction says what comes next, and ends by itself: each side has two messages, or one and a failure.
core::Job<Result<void>> Authentication::exchange(TcpQueue& queue, Transaction& transaction) {
  for (uint32_t messages = 0; messages < authentication_messages_max; ++messages) {
    if (!transaction.message().empty()) {
      // It may end by being sent: a failure of ours is told, but what counts is why.
      const bool is_over = transaction.state() == TransactionState::Failed;
      auto sending = send(queue, transaction);
      const auto sent = co_await sending;
      if (is_over) {
        co_return denied(queue, transaction, true);
      }
      if (!sent.has_value()) {
        co_return sent;
      }
    }
    if (transaction.state() == TransactionState::Authenticated) {
      co_return Result<void>();
    }
    auto receiving = receive(queue, transaction);
    const auto received = co_await receiving;
    if (!received.has_value()) {
      co_return received;
    }
    if (transaction.state() == TransactionState::Failed && transaction.message().empty()) {
      co_return denied(queue, transaction, false);
    }
    if (transaction.state() == TransactionState::Authenticated && transaction.message().empty()) {
      co_return Result<void>();
    }
  }
  is_denied_ = true;
  co_return fail(Code::Unauthenticated, "{}: an authentication of more messages than there are",
                 queue.options().address.text());
}

core::Job<Result<void>> Authentication::send(TcpQueue& queue, Transaction& transaction) {
  std::vector<std::byte> message(transaction.message().begin(), transaction.message().end());
  const nvme::Sqe sqe = authentication_sqe(nvme::FabricsType::AuthenticationSend, message.size());
  AdminCall call(control_, queue, sqe, Direction::ToController, message);
  co_await call;
  if (!call.status().is_success()) {
    co_return failed(queue, "Authentication Send", call.status());
  }
  transaction.message_sent();
  co_return Result<void>();
}

core::Job<Result<void>> Authentication::receive(TcpQueue& queue, Transaction& transaction) {
  std::vector<std::byte> message(nvme_auth::message_bytes_max);
  const nvme::Sqe sqe = authentication_sqe(nvme::FabricsType::AuthenticationReceive, message.size());
  AdminCall call(control_, queue, sqe, Direction::ToHost, message);
  co_await call;
  if (!call.status().is_success()) {
    co_return failed(queue, "Authentication Receive", call.status());
  }
  const bool is_costly = is_challenge(message);
  if (is_costly) {
    auto waiting = wait_for_turn(queue);
    const auto waited = co_await waiting;
    if (!waited.has_value()) {
      co_return waited;
    }
  }
  const uint64_t begin_ns = control_.clock().now_ns();
  transaction.receive(message);
  if (is_costly) {
    pace_->took(begin_ns, control_.clock().now_ns());
  }
  co_return Result<void>();
}

core::Job<Result<void>> Authentication::wait_for_turn(TcpQueue& queue) {
  const uint64_t deadline_ns = control_.clock().now_ns() + key_exchange_wait_ns_max;
  while (control_.clock().now_ns() < pace_->earliest_ns()) {
    if (!queue.is_live()) {
      co_return fail(Code::Unavailable, "{}: {}", queue.options().address.text(), queue.why());
    }
    if (control_.clock().now_ns() >= deadline_ns) {
      co_return fail(Code::Unavailable, "{}: too many key exchanges at a time", queue.options().address.text());
    }
    auto pause = core::sleep_for(control_, key_exchange_poll_ns);
    co_await pause;
  }
  co_return Result<void>();
}

}  // namespace outrigger::nvme_host
