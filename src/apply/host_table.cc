#include "apply/host_table.h"

#include "base/check.h"
#include "base/log.h"

namespace outrigger::apply {

using HostState = outrigger::v1::Host;

HostTable::Host* HostTable::at_port(int32_t port_id) noexcept {
  for (auto& [id, host] : hosts_) {
    if (host.desired.port_id().value() == port_id) {
      return &host;
    }
  }
  return nullptr;
}

void HostTable::put(std::string_view id, Host host) {
  const int32_t port_id = host.desired.port_id().value();
  hosts_.insert_or_assign(std::string(id), std::move(host));
  if (watcher_) {
    watcher_(port_id);
  }
}

void HostTable::remove(std::string_view id) {
  const auto found = hosts_.find(id);
  check(found != hosts_.end(), "only realised hosts are withdrawn");
  hosts_.erase(found);
}

HostTable::Host* HostTable::find(std::string_view id) noexcept {
  const auto found = hosts_.find(id);
  return found == hosts_.end() ? nullptr : &found->second;
}

void HostTable::attach(int32_t port_id, const std::string& device) { devices_[port_id].insert(device); }

void HostTable::detach(int32_t port_id, const std::string& device) {
  const auto found = devices_.find(port_id);
  if (found == devices_.end()) {
    return;
  }
  found->second.erase(device);
  if (!found->second.empty()) {
    return;
  }
  devices_.erase(found);
  // Nobody asks the host any more.
  if (Host* const host = at_port(port_id)) {
    host->state = HostState::UNKNOWN;
    host->state_reason.clear();
  }
}

const std::set<std::string>& HostTable::devices_at(int32_t port_id) const {
  static const std::set<std::string> none;
  const auto found = devices_.find(port_id);
  return found == devices_.end() ? none : found->second;
}

void HostTable::note_contact(int32_t port_id, const Result<void>& outcome) {
  Host* const host = at_port(port_id);
  if (host == nullptr || host->desired.qmp_socket().empty()) {
    return;
  }
  if (outcome.has_value()) {
    if (host->state == HostState::UNREACHABLE) {
      log::info("apply", "{}: reachable again", host->name);
    }
    host->state = HostState::REACHABLE;
    host->state_reason.clear();
  } else if (outcome.error().code == Code::Unavailable || outcome.error().code == Code::DeadlineExceeded) {
    if (host->state == HostState::REACHABLE) {
      log::warning("apply", "{}: not reachable: {}", host->name, outcome.error().what);
    }
    host->state = HostState::UNREACHABLE;
    host->state_reason = outcome.error().what;
  }
}

core::Job<Result<void>> HostHooks::realise(model::Intent intent) {
  const auto& desired = intent.as<outrigger::v1::Host>();
  const HostTable::Host* const known = hosts_.find(intent.id);
  HostTable::Host host;
  if (known != nullptr) {
    host = *known;
    const auto& before = known->desired;
    const auto& devices = hosts_.devices_at(before.port_id().value());
    // Devices that are plugged in stay where they are: what they were plugged by cannot change under them.
    if (!devices.empty() &&
        (before.port_id().value() != desired.port_id().value() || before.qmp_socket() != desired.qmp_socket() ||
         before.vhost_socket_role() != desired.vhost_socket_role())) {
      co_return fail(Code::FailedPrecondition,
                     "{} has devices ({}…): delete them before changing port_id, qmp_socket or vhost_socket_role",
                     intent.name, *devices.begin());
    }
  }
  if (host.desired.qmp_socket() != desired.qmp_socket() ||
      host.desired.port_id().value() != desired.port_id().value()) {
    host.state = HostState::UNKNOWN;
    host.state_reason.clear();
  }
  host.name = intent.name;
  host.desired = desired;
  hosts_.put(intent.id, std::move(host));
  co_return Result<void>{};
}

core::Job<Result<void>> HostHooks::withdraw(model::Intent intent) {
  const HostTable::Host* const known = hosts_.find(intent.id);
  if (known == nullptr) {
    co_return Result<void>{};
  }
  const auto& devices = hosts_.devices_at(known->desired.port_id().value());
  if (!devices.empty()) {
    co_return fail(Code::FailedPrecondition, "{} still has the device {}; delete its devices first", intent.name,
                   *devices.begin());
  }
  hosts_.remove(intent.id);
  co_return Result<void>{};
}

void HostHooks::observe(const model::Intent& intent, model::Message& into) {
  const HostTable::Host* const known = hosts_.find(intent.id);
  if (known == nullptr) {
    return;
  }
  auto& host = static_cast<outrigger::v1::Host&>(into);
  host.set_state(known->state);
  host.set_state_reason(known->state_reason);
  host.clear_devices();
  for (const std::string& device : hosts_.devices_at(known->desired.port_id().value())) {
    host.add_devices(device);
  }
}

}  // namespace outrigger::apply
