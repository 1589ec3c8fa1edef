#include "nvme/directory.h"

#include "base/check.h"
#include "nvme/connect.h"
#include "nvme/discovery.h"
#include "nvme/limits.h"
#include "nvme/subsystem.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {
namespace {

// Is this the identity of a PSK that this host uses for this subsystem?
bool belongs(std::string_view identity, const ConnectArguments& arguments) noexcept {
  const auto parsed = nvme_auth::parse_psk_identity(identity);
  return parsed && parsed->hostnqn == arguments.hostnqn && parsed->subnqn == arguments.subnqn;
}

}  // namespace

Directory::Directory(core::Reactor& control, std::vector<core::Reactor*> data_cores)
    : control_(control),
      data_cores_(std::move(data_cores)),
      queues_by_core_(data_cores_.size()),
      authentication_turns_(control),
      discovery_(std::make_unique<DiscoveryService>(*this)) {
  check(!data_cores_.empty(), "I/O queues live on data cores");
}

Directory::~Directory() { check(subsystems_.empty(), "subsystems go before their directory"); }

ConnectOutcome Directory::connect(const ConnectRequest& request) {
  const auto arguments = parse_connect(request);
  ConnectOutcome outcome;
  if (!arguments) {
    outcome = arguments.error();
  } else if (request.tls_identity.empty() ? request.port.requires_tls : !is_trusted(request, *arguments)) {
    outcome = refuse(Status::final(StatusCode::ConnectInvalidHost));
  } else if (arguments->subnqn == discovery_nqn) {
    outcome = discovery_->connect(*arguments);
  } else if (Subsystem* const subsystem = find(arguments->subnqn)) {
    outcome = subsystem->connect(*arguments);
  } else {
    outcome = refuse_data(offsetof(ConnectData, subnqn), false);
  }
  if (!outcome.status.is_success() && !outcome.passes_soon && limiter_.admit(control_.clock().now_ns())) {
    log::info("nvme", "refused the host {} at {} (queue {} of {}): status {:x}h, result {:x}h",
              arguments ? arguments->hostnqn : "?", request.peer, uint16_t{request.sqe.qid},
              arguments ? arguments->subnqn : "?", outcome.status.bits(), outcome.result);
  }
  return outcome;
}

// The key is looked up once more: what the operator took away or changed after the handshake lets nobody in.
bool Directory::is_trusted(const ConnectRequest& request, const ConnectArguments& arguments) const {
  if (!belongs(request.tls_identity, arguments)) {
    return false;
  }
  const auto psk = find_psk(request.tls_identity);
  return psk.has_value() && nvme_auth::fingerprint_of(*psk) == request.tls_fingerprint;
}

std::optional<nvme_auth::TlsPsk> Directory::find_psk(std::string_view identity) const {
  const auto parsed = nvme_auth::parse_psk_identity(identity);
  if (!parsed) {
    return std::nullopt;
  }
  if (identity.ends_with('\0')) {  // as the specification asks for, and no peer sends
    identity.remove_suffix(1);
  }
  if (parsed->type == nvme_auth::PskType::Generated) {
    const Subsystem* const subsystem = find(parsed->subnqn);
    const bool is_allowed = subsystem != nullptr && subsystem->is_host_allowed(parsed->hostnqn);
    return is_allowed ? generated_psks_.find(identity, control_.clock().now_ns()) : std::nullopt;
  }
  // A host comes to the discovery service with the key that it has for any subsystem.
  for (const Subsystem* const subsystem : subsystems_) {
    if (parsed->subnqn != discovery_nqn && parsed->subnqn != subsystem->options().nqn) {
      continue;
    }
    const auto security = subsystem->security_of(parsed->hostnqn);
    if (security == nullptr || !security->tls_psk || !subsystem->is_host_allowed(parsed->hostnqn)) {
      continue;
    }
    if (const nvme_auth::TlsPsk* const psk = security->derived_psks.find(*security->tls_psk, *parsed, identity)) {
      return nvme_auth::TlsPsk{.identity = psk->identity, .hash = psk->hash, .key = psk->key.clone()};
    }
  }
  return std::nullopt;
}

Result<void> Directory::add(Subsystem& subsystem) {
  if (find(subsystem.options().nqn) != nullptr) {
    return fail(Code::AlreadyExists, "there is a subsystem {} already", subsystem.options().nqn);
  }
  subsystems_.push_back(&subsystem);
  return {};
}

void Directory::remove(Subsystem& subsystem) {
  if (std::erase(subsystems_, &subsystem) != 0) {
    generated_psks_.forget({}, subsystem.options().nqn);
    discovery_changed();
  }
}

Subsystem* Directory::find(std::string_view nqn) const noexcept {
  const auto found =
      std::ranges::find_if(subsystems_, [nqn](const Subsystem* subsystem) { return subsystem->options().nqn == nqn; });
  return found == subsystems_.end() ? nullptr : *found;
}

Result<void> Directory::add(const Referral& referral) {
  if (std::ranges::find(referrals_, referral) != referrals_.end()) {
    return fail(Code::AlreadyExists, "there is such a referral already");
  }
  if (referrals_.size() >= referrals_max) {
    return fail(Code::ResourceExhausted, "there are {} referrals already", referrals_max);
  }
  referrals_.push_back(referral);
  discovery_changed();
  return {};
}

void Directory::remove(const Referral& referral) {
  if (std::erase(referrals_, referral) != 0) {
    discovery_changed();
  }
}

void Directory::discovery_changed() { discovery_->changed(); }

size_t Directory::discovery_logs_made() const noexcept { return discovery_->logs_made(); }

void Directory::limit_discovery_controllers(uint32_t per_peer_max, uint32_t all_max) {
  discovery_->limit_controllers(per_peer_max, all_max);
}

void Directory::port_changed(const Port& port) { discovery_->port_changed(port); }

size_t Directory::take_core() noexcept {
  const auto fewest = std::ranges::min_element(queues_by_core_);
  ++*fewest;
  return static_cast<size_t>(fewest - queues_by_core_.begin());
}

void Directory::give_back_core(size_t core) noexcept { --queues_by_core_[core]; }

}  // namespace outrigger::nvme
