#include "nvme_host/admin_session.h"

#include "nvme_host/limits.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace outrigger::nvme_host {

using nvme::AdminOpcode;
using nvme::Property;
using nvme::Status;
using nvme::StatusCode;
using nvme_auth::SecureChannel;

namespace {

constexpr uint8_t no_flow_control = 1U << 2U;  // CATTR
constexpr uint16_t any_controller = 0xFFFF;
constexpr uint64_t ns_per_ms = 1'000'000;

// CC: EN, the NVM command set, 4 KiB pages, entries of 64 and of 16 bytes.
constexpr uint32_t cc_enable = 1U;
constexpr uint32_t cc_sizes = (6U << 16U) | (4U << 20U);
constexpr uint32_t cc_shutdown = 1U << 14U;
constexpr uint32_t csts_ready = 1U;
constexpr uint32_t csts_fatal = 1U << 1U;
constexpr uint32_t csts_shutdown_mask = 3U << 2U;
constexpr uint32_t csts_shutdown_complete = 2U << 2U;

std::string refusal_text(Status status, uint32_t result, bool is_secure) {
  switch (status.code()) {
    case StatusCode::ConnectIncompatibleFormat: return "Connect Incompatible Format";
    case StatusCode::ConnectControllerBusy: return "Connect Controller Busy";
    case StatusCode::ConnectInvalidParameters: {
      // IATTR and IPO say which one: these are the ones that an operator chose.
      const bool is_data = ((result >> 16U) & 1U) != 0;
      const uint32_t offset = result & 0xFFFFU;
      if (is_data && offset == offsetof(nvme::ConnectData, subnqn)) {
        return "Connect Invalid Parameters: there is no such subsystem here (SUBNQN)";
      }
      if (is_data && offset == offsetof(nvme::ConnectData, hostnqn)) {
        return "Connect Invalid Parameters: it does not take this HOSTNQN";
      }
      if (is_data && offset == offsetof(nvme::ConnectData, cntlid)) {
        return "Connect Invalid Parameters: there is no such controller (CNTLID)";
      }
      return fmt::format("Connect Invalid Parameters (byte {} of the {})", offset, is_data ? "data" : "command");
    }
    case StatusCode::ConnectRestartDiscovery: return "Connect Restart Discovery";
    case StatusCode::ConnectInvalidHost:
      return is_secure ? "Connect Invalid Host: it does not allow this host"
                       : "Connect Invalid Host: it does not allow this host, or not without TLS";
    case StatusCode::AuthenticationRequired: return "Authentication Required";
    default: return fmt::format("status {:03x}h", static_cast<uint16_t>(status.code()));
  }
}

nvme_auth::Parties parties_of(const Association& association) {
  return {.hostnqn = association.hostnqn, .subnqn = association.subnqn};
}

// The owner of a queue that is there for one job alone, which sees by itself when it breaks.
TcpQueueOwner& nobody() noexcept {
  class Nobody final : public TcpQueueOwner {
    void queue_broken(TcpQueue&) noexcept override {}
  };
  static Nobody it;
  return it;
}

void copy_name(char (&field)[nvme::nqn_field_bytes], const std::string& name) noexcept {
  std::memcpy(field, name.data(), std::min(name.size(), nvme::nqn_length_max));
}

}  // namespace

std::string printable(const char* text, size_t bytes) {
  std::string result(text, ::strnlen(text, bytes));
  result.erase(result.find_last_not_of(' ') + 1);
  std::ranges::replace_if(result, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return result;
}

AdminSession::AdminSession(core::Reactor& control, TcpQueueOwner& owner, TcpQueueOptions options,
                           Association association)
    : control_(control),
      owner_(owner),
      queue_options_(std::move(options)),
      association_(std::move(association)),
      queue_(std::make_shared<TcpQueue>(control, owner, queue_options_)),
      identity_(std::make_unique<nvme::IdentifyController>()),
      authentication_(control, association_.security, parties_of(association_), association_.pace) {
  shutdown_timer_.owner = this;
  shutdown_timer_.fire = [](core::Timer& timer) noexcept { static_cast<AdminSession*>(timer.owner)->interrupt(); };
}

std::unexpected<Error> AdminSession::failed(const TcpQueue& queue, const char* what, Status status) const {
  const std::string where = queue.options().address.text();
  if (!queue.is_live()) {
    return fail(Code::Unavailable, "{}: {}: {}", where, what, queue.why());
  }
  return fail(Code::FailedPrecondition, "{}: {} failed with status {:03x}h", where, what,
              static_cast<uint16_t>(status.code()));
}

std::unexpected<Error> AdminSession::refused(Status status, uint32_t result) {
  is_refused_ = status.is_final();
  return fail(Code::PermissionDenied, "{} refuses subsystem {} for host {}: {}", queue_->options().address.text(),
              association_.subnqn, association_.hostnqn, refusal_text(status, result, tls_ != nullptr));
}

// -- connecting

core::Job<Result<void>> AdminSession::open() {
  const PathSecurity* const security = association_.security.get();
  if (security != nullptr && security->concatenates) {
    auto agreeing = agree_on_tls_key();
    auto agreed = co_await agreeing;
    if (!agreed.has_value()) {
      co_return agreed;
    }
  } else if (security != nullptr && security->tls_psk) {
    auto key = tls_key(*security, parties_of(association_));
    if (!key.has_value()) {
      is_denied_ = true;
      co_return std::unexpected(key.error());
    }
    tls_ = std::move(*key);
  }
  auto opening = open_queue(owner_, tls_, SecureChannel::None);
  auto opened = co_await opening;
  co_return opened;
}

// A connection, which becomes this session's, and Connect.
core::Job<Result<void>> AdminSession::open_queue(TcpQueueOwner& owner, std::shared_ptr<const nvme_auth::TlsPsk> tls,
                                                 SecureChannel secure_channel) {
  if (is_interrupted_) {
    co_return fail(Code::Unavailable, "{}: closed", queue_options_.address.text());
  }
  TcpQueueOptions options = queue_options_;
  options.tls = std::move(tls);
  queue_ = std::make_shared<TcpQueue>(control_, owner, std::move(options));
  queue_->open();
  auto opened = queue_->opened();
  co_await opened;
  if (!queue_->is_live()) {
    note_not_opened(*queue_);
    co_return fail(is_denied_ ? Code::Unauthenticated : Code::Unavailable, "{}: {}", queue_->options().address.text(),
                   queue_->why());
  }
  auto connecting = connect(*queue_, 0, secure_channel);
  const auto connected = co_await connecting;
  if (!connected.has_value()) {
    co_return std::unexpected(connected.error());
  }
  co_return Result<void>();
}

// Base 2.0, 8.13.5.9: what an authentication in the clear agrees on is the key of the TLS of another association.
core::Job<Result<void>> AdminSession::agree_on_tls_key() {
  auto opening = open_queue(nobody(), nullptr, SecureChannel::NewTlsPsk);
  auto opened = co_await opening;
  std::optional<nvme_auth::InputPsk> psk = authentication_.take_generated_psk();
  auto closing = close();
  co_await closing;
  if (!opened.has_value()) {
    co_return opened;
  }
  check(psk.has_value(), "an authentication with concatenation makes a PSK");
  auto key = tls_key(*psk, parties_of(association_));
  if (!key.has_value()) {
    co_return std::unexpected(key.error());
  }
  tls_ = std::move(*key);
  cntlid_ = any_controller;
  co_return Result<void>();
}

core::Job<Result<void>> AdminSession::connect_queue(TcpQueue& queue, uint16_t qid) {
  auto connecting = connect(queue, qid, SecureChannel::None);
  const auto connected = co_await connecting;
  if (!connected.has_value()) {
    co_return std::unexpected(connected.error());
  }
  co_return Result<void>();
}

// Connect (Base 2.0, 6.3), and the authentication that its result asks for.
core::Job<Result<Status>> AdminSession::connect(TcpQueue& queue, uint16_t qid, SecureChannel secure_channel) {
  auto data = std::make_unique<nvme::ConnectData>();
  std::ranges::copy(association_.hostid, data->hostid);
  data->cntlid = qid == 0 ? any_controller : cntlid_;
  copy_name(data->subnqn, association_.subnqn);
  copy_name(data->hostnqn, association_.hostnqn);
  nvme::ConnectSqe sqe;
  sqe.qid = qid;
  sqe.sqsize = static_cast<uint16_t>(queue.options().entries - 1);
  sqe.cattr = no_flow_control;
  sqe.kato = qid == 0 ? association_.keep_alive_ms : 0;
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(data.get()), sizeof(*data));
  AdminCall call(control_, queue, std::bit_cast<nvme::Sqe>(sqe), Direction::ToController, bytes);
  co_await call;
  if (!call.status().is_success()) {
    if (!queue.is_live()) {
      co_return failed(queue, "Connect", call.status());
    }
    co_return refused(call.status(), static_cast<uint32_t>(call.result()));
  }
  const auto result = static_cast<uint32_t>(call.result());
  const auto cntlid = static_cast<uint16_t>(result & 0xFFFFU);
  if (qid == 0) {
    cntlid_ = cntlid;
  } else if (cntlid != cntlid_) {
    co_return fail(Code::FailedPrecondition, "{}: an I/O queue was connected to controller {} instead of {}",
                   queue.options().address.text(), cntlid, cntlid_);
  }
  auto authenticating = authenticate(queue, result, secure_channel);
  const auto authenticated = co_await authenticating;
  if (!authenticated.has_value()) {
    co_return std::unexpected(authenticated.error());
  }
  co_return call.status();
}

// -- authentication

bool AdminSession::has_generated_key() const noexcept { return tls_ != nullptr && association_.security->concatenates; }

std::unexpected<Error> AdminSession::denied(const TcpQueue& queue, std::string why) {
  is_denied_ = true;
  return fail(Code::Unauthenticated, "{}: {}", queue.options().address.text(), why);
}

core::Job<Result<void>> AdminSession::authenticate(TcpQueue& queue, uint32_t result, SecureChannel secure_channel) {
  const PathSecurity* const security = association_.security.get();
  const bool wants_concatenation = (result & nvme::connect_ascr) != 0;
  const bool is_asked = wants_concatenation || (result & nvme::connect_atr) != 0;
  if (wants_concatenation && queue.options().tls == nullptr && secure_channel == SecureChannel::None) {
    co_return denied(queue, fmt::format("subsystem {} asks host {} for secure channel concatenation, which is not {}",
                                        association_.subnqn, association_.hostnqn,
                                        association_.is_discovery
                                            ? "spoken with discovery controllers here: agree on a key for TLS (tls_key)"
                                            : "switched on here (secure_channel_concatenation)"));
  }
  if (is_asked && (security == nullptr || !security->host_key)) {
    co_return denied(queue, fmt::format("it asks host {} to authenticate for subsystem {}, and there is no "
                                        "DH-HMAC-CHAP key of the host here (dhchap_key)",
                                        association_.hostnqn, association_.subnqn));
  }
  if (!is_asked && secure_channel == SecureChannel::None) {
    // A PSK that came out of a mutual authentication vouches for the target as that did.
    if (security != nullptr && security->controller_key && security->demands_authentication && !has_generated_key()) {
      co_return denied(queue, fmt::format("subsystem {} does not ask for authentication, so that it cannot prove that "
                                          "it has the controller key configured here (dhchap_controller_key)",
                                          association_.subnqn));
    }
    co_return Result<void>();
  }
  auto running = authentication_.run(queue, secure_channel);
  const auto ran = co_await running;
  is_authenticated_ = ran.has_value();
  is_denied_ = is_denied_ || authentication_.is_denied();
  co_return ran;
}

core::Job<Result<void>> AdminSession::reauthenticate() {
  // Base 2.0, 8.13.5.9: where the PSK came out of an authentication, this makes its successor.
  const bool replaces = has_generated_key();
  auto running = authentication_.run(*queue_, replaces ? SecureChannel::ReplaceTlsPsk : SecureChannel::None);
  const auto ran = co_await running;
  if (!ran.has_value()) {
    is_denied_ = is_denied_ || authentication_.is_denied();
    co_return ran;
  }
  if (const auto psk = authentication_.take_generated_psk()) {
    auto key = tls_key(*psk, parties_of(association_));
    if (!key.has_value()) {
      co_return std::unexpected(key.error());
    }
    tls_ = std::move(*key);
  }
  co_return Result<void>();
}

// -- properties

core::Job<Result<uint64_t>> AdminSession::get_property(Property property) {
  nvme::PropertySqe sqe;
  sqe.fctype = static_cast<uint8_t>(nvme::FabricsType::PropertyGet);
  sqe.attributes = property == Property::Cap ? 1 : 0;
  sqe.offset = static_cast<uint32_t>(property);
  AdminCall call(control_, *queue_, std::bit_cast<nvme::Sqe>(sqe));
  co_await call;
  if (!call.status().is_success()) {
    co_return failed(*queue_, "Property Get", call.status());
  }
  co_return call.result();
}

core::Job<Result<void>> AdminSession::set_property(Property property, uint32_t value) {
  nvme::PropertySqe sqe;
  sqe.fctype = static_cast<uint8_t>(nvme::FabricsType::PropertySet);
  sqe.offset = static_cast<uint32_t>(property);
  sqe.value = value;
  AdminCall call(control_, *queue_, std::bit_cast<nvme::Sqe>(sqe));
  co_await call;
  if (!call.status().is_success()) {
    co_return failed(*queue_, "Property Set", call.status());
  }
  co_return Result<void>();
}

core::Job<Result<void>> AdminSession::wait_ready(bool is_ready, uint64_t timeout_ns) {
  const uint64_t deadline_ns = control_.clock().now_ns() + timeout_ns;
  for (;;) {
    auto reading = get_property(Property::Csts);
    const auto csts = co_await reading;
    if (!csts.has_value()) {
      co_return std::unexpected(csts.error());
    }
    if ((*csts & csts_fatal) != 0) {
      co_return fail(Code::FailedPrecondition, "{}: the controller reports a fatal error (CSTS.CFS)",
                     queue_->options().address.text());
    }
    if (((*csts & csts_ready) != 0) == is_ready) {
      co_return Result<void>();
    }
    if (control_.clock().now_ns() >= deadline_ns) {
      co_return fail(Code::DeadlineExceeded, "{}: the controller did not become {} within {} ms (CAP.TO, CRTO)",
                     queue_->options().address.text(), is_ready ? "ready" : "disabled", timeout_ns / ns_per_ms);
    }
    auto pause = core::sleep_for(control_, ready_poll_ns);
    co_await pause;
  }
}

// Base 2.0, 3.1.3.1 and 3.1.3.26: CAP.TO holds up to 127.5 s; a controller that has CRMS.CRWMS says in CRTO.CRWMT what
// it needs with CC.CRIME cleared, as we have it. Both in 500 ms; one that says 0 gets one unit.
core::Job<Result<uint64_t>> AdminSession::ready_timeout_ns() {
  constexpr uint64_t crwms = 1ULL << 59U;
  uint64_t units = std::max<uint64_t>((capabilities_ >> 24U) & 0xFFU, 1);
  if ((capabilities_ & crwms) != 0) {
    auto reading = get_property(Property::Crto);
    const auto crto = co_await reading;
    if (!crto.has_value() && !queue_->is_live()) {
      co_return std::unexpected(crto.error());
    }
    units = std::max<uint64_t>(units, crto.has_value() ? *crto & 0xFFFFU : 0);
  }
  co_return std::min(units * 500 * ns_per_ms, ready_ns_max);
}

core::Job<Result<void>> AdminSession::enable() {
  auto reading = get_property(Property::Cap);
  const auto cap = co_await reading;
  if (!cap.has_value()) {
    co_return std::unexpected(cap.error());
  }
  capabilities_ = *cap;
  if (((capabilities_ >> 48U) & 15U) != 0) {
    co_return fail(Code::FailedPrecondition, "{}: the controller does not take pages of 4 KiB (CAP.MPSMIN)",
                   queue_->options().address.text());
  }
  auto reading_timeout = ready_timeout_ns();
  const auto timeout = co_await reading_timeout;
  if (!timeout.has_value()) {
    co_return std::unexpected(timeout.error());
  }
  const uint64_t timeout_ns = *timeout;
  auto reading_cc = get_property(Property::Cc);
  const auto cc = co_await reading_cc;
  if (!cc.has_value()) {
    co_return std::unexpected(cc.error());
  }
  if ((*cc & cc_enable) != 0) {
    auto disabling = set_property(Property::Cc, static_cast<uint32_t>(*cc) & ~cc_enable);
    auto result = co_await disabling;
    if (!result.has_value()) {
      co_return result;
    }
    auto waiting = wait_ready(false, timeout_ns);
    result = co_await waiting;
    if (!result.has_value()) {
      co_return result;
    }
  }
  auto enabling = set_property(Property::Cc, cc_enable | cc_sizes);
  auto enabled = co_await enabling;
  if (!enabled.has_value()) {
    co_return enabled;
  }
  auto waiting = wait_ready(true, timeout_ns);
  enabled = co_await waiting;
  if (!enabled.has_value()) {
    co_return enabled;
  }
  auto reading_vs = get_property(Property::Vs);
  const auto version = co_await reading_vs;
  if (!version.has_value()) {
    co_return std::unexpected(version.error());
  }
  version_ = static_cast<uint32_t>(*version);
  co_return Result<void>();
}

// -- what it tells

core::Job<Result<Status>> AdminSession::ask_identify(nvme::Cns cns, uint32_t nsid, std::span<std::byte> data) {
  nvme::Sqe sqe = admin_sqe(AdminOpcode::Identify);
  sqe.nsid = nsid;
  sqe.cdw10 = static_cast<uint32_t>(cns);
  AdminCall call(control_, *queue_, sqe, Direction::ToHost, data);
  co_await call;
  if (!queue_->is_live()) {
    co_return failed(*queue_, "Identify", call.status());
  }
  co_return call.status();
}

core::Job<Result<void>> AdminSession::identify_other(nvme::Cns cns, uint32_t nsid, std::span<std::byte> data) {
  auto asking = ask_identify(cns, nsid, data);
  const auto asked = co_await asking;
  if (!asked.has_value()) {
    co_return std::unexpected(asked.error());
  }
  if (!asked->is_success()) {
    co_return failed(*queue_, "Identify", *asked);
  }
  co_return Result<void>();
}

core::Job<Result<void>> AdminSession::identify() {
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(identity_.get()), sizeof(*identity_));
  auto identifying = identify_other(nvme::Cns::Controller, 0, bytes);
  auto identified = co_await identifying;
  if (identified.has_value()) {
    identified = judge_identity();
  }
  co_return identified;
}

Result<void> AdminSession::judge_identity() const {
  const nvme::IdentifyController& it = *identity_;
  const std::string where = queue_->options().address.text();
  if (it.cntlid != cntlid_) {
    return fail(Code::FailedPrecondition, "{}: Connect made controller {}, Identify speaks of {}", where, cntlid_,
                static_cast<uint16_t>(it.cntlid));
  }
  if (association_.subnqn == nvme::discovery_nqn) {
    return {};
  }
  const std::string subnqn = printable(it.subnqn, sizeof(it.subnqn));
  if (subnqn != association_.subnqn) {
    return fail(Code::FailedPrecondition, "{}: subsystem {} answers instead of {}", where, subnqn, association_.subnqn);
  }
  // Bits 1:0: SGLs at all. Bit 21, the transport's data block, is not asked for: Linux's target takes them without it.
  if ((it.sgls & 3U) == 0) {
    return fail(Code::FailedPrecondition, "{}: the controller lacks the SGLs that NVMe/TCP needs", where);
  }
  const uint32_t sqes = it.sqes;
  const uint32_t cqes = it.cqes;
  if ((sqes & 15U) > 6 || (sqes >> 4U) < 6 || (cqes & 15U) > 4 || (cqes >> 4U) < 4) {
    return fail(Code::FailedPrecondition, "{}: the controller wants other entry sizes than 64 and 16 bytes", where);
  }
  if (it.ioccsz < 4 || it.iorcsz < 1) {
    return fail(Code::FailedPrecondition, "{}: the controller's capsules hold no command (IOCCSZ, IORCSZ)", where);
  }
  return {};
}

uint32_t AdminSession::entries_max() const noexcept {
  const uint32_t of_queue = static_cast<uint32_t>(capabilities_ & 0xFFFFU) + 1;
  const uint32_t of_controller = identity_->maxcmd;
  return of_controller >= queue_entries_min ? std::min(of_queue, of_controller) : of_queue;
}

uint32_t AdminSession::transfer_bytes_max() const noexcept {
  constexpr uint32_t shift_max = 19;  // 2 GiB
  return identity_->mdts == 0 || identity_->mdts >= shift_max ? 0 : 4096U << identity_->mdts;
}

uint32_t AdminSession::in_capsule_bytes() const noexcept {
  if (identity_->icdoff != 0 || (identity_->sgls & (1U << 20U)) == 0) {
    return 0;
  }
  // 64 bytes are the command; what no PDU could hold is no promise.
  constexpr uint64_t capsule_bytes_max = 1U << 20;
  return static_cast<uint32_t>(std::min<uint64_t>(uint64_t{identity_->ioccsz} * 16, capsule_bytes_max) - 64);
}

core::Job<Result<uint32_t>> AdminSession::set_feature(nvme::FeatureId id, uint32_t value) {
  nvme::Sqe sqe = admin_sqe(AdminOpcode::SetFeatures);
  sqe.cdw10 = static_cast<uint32_t>(id);
  sqe.cdw11 = value;
  AdminCall call(control_, *queue_, sqe);
  co_await call;
  if (!call.status().is_success()) {
    co_return failed(*queue_, "Set Features", call.status());
  }
  co_return static_cast<uint32_t>(call.result());
}

core::Job<Result<void>> AdminSession::read_log(nvme::LogPage page, uint64_t offset, std::span<std::byte> data) {
  const uint32_t limit = transfer_bytes_max();
  const size_t step = limit == 0 ? log_step_bytes_max : std::min(limit, log_step_bytes_max);
  while (!data.empty()) {
    const size_t bytes = std::min(data.size(), step);
    const auto dwords = static_cast<uint32_t>(bytes / 4) - 1;
    nvme::Sqe sqe = admin_sqe(AdminOpcode::GetLogPage);
    sqe.nsid = 0xFFFF'FFFFU;
    sqe.cdw10 = static_cast<uint32_t>(page) | ((dwords & 0xFFFFU) << 16U);
    sqe.cdw11 = dwords >> 16U;
    sqe.cdw12 = static_cast<uint32_t>(offset);
    sqe.cdw13 = static_cast<uint32_t>(offset >> 32U);
    AdminCall call(control_, *queue_, sqe, Direction::ToHost, data.first(bytes));
    co_await call;
    if (!call.status().is_success()) {
      co_return failed(*queue_, "Get Log Page", call.status());
    }
    offset += bytes;
    data = data.subspan(bytes);
  }
  co_return Result<void>();
}

// -- the end

core::Job<void> AdminSession::shut_down() {
  control_.arm(shutdown_timer_, control_.clock().now_ns() + shutdown_ns_max);
  auto asking = set_property(Property::Cc, cc_enable | cc_sizes | cc_shutdown);
  const auto asked = co_await asking;
  bool is_over = !asked.has_value();
  while (!is_over) {
    auto reading = get_property(Property::Csts);
    const auto csts = co_await reading;
    is_over = !csts.has_value() || (*csts & csts_shutdown_mask) == csts_shutdown_complete;
    if (!is_over) {
      auto pause = core::sleep_for(control_, ready_poll_ns);
      co_await pause;
    }
  }
  if (shutdown_timer_.is_armed()) {
    control_.cancel(shutdown_timer_);
  }
}

core::Job<void> AdminSession::close() {
  queue_->close();
  // What it has posted runs before this comes back.
  auto round = core::run_on(control_, control_, [] { return true; });
  (void)co_await round;
}

}  // namespace outrigger::nvme_host
