#include "apply/host_table.h"

#include "base/check.h"

namespace outrigger::apply {

HostTable::Host* HostTable::at_port(int32_t port_id) noexcept {
  for (auto& [id, host] : hosts_) {
    if (host.desired.port_id().value() == port_id) {
      return &host;
    }
  }
  return nullptr;
}

void HostTable::put(std::string_view id, Host host) { hosts_.insert_or_assign(std::string(id), std::move(host)); }

void HostTable::remove(std::string_view id) {
  const auto found = hosts_.find(id);
  check(found != hosts_.end(), "only realised hosts are withdrawn");
  hosts_.erase(found);
}

HostTable::Host* HostTable::find(std::string_view id) noexcept {
  const auto found = hosts_.find(id);
  return found == hosts_.end() ? nullptr : &found->second;
}

core::Job<Result<void>> HostHooks::realise(model::Intent intent) {
  const auto& desired = intent.as<outrigger::v1::Host>();
  HostTable::Host* const known = hosts_.find(intent.id);
  if (known != nullptr && !known->devices.empty()) {
    const auto& before = known->desired;
    // Devices that are plugged in stay where they are: what they were plugged by cannot change under them.
    if (before.port_id().value() != desired.port_id().value() || before.qmp_socket() != desired.qmp_socket() ||
        before.vhost_socket_role() != desired.vhost_socket_role()) {
      co_return fail(Code::FailedPrecondition,
                     "{} has devices ({}…): delete them before changing port_id, qmp_socket or vhost_socket_role",
                     intent.name, *known->devices.begin());
    }
  }
  HostTable::Host host = known != nullptr ? *known : HostTable::Host{};
  host.name = intent.name;
  host.desired = desired;
  hosts_.put(intent.id, std::move(host));
  co_return Result<void>{};
}

core::Job<Result<void>> HostHooks::withdraw(model::Intent intent) {
  const HostTable::Host* const known = hosts_.find(intent.id);
  if (known != nullptr && !known->devices.empty()) {
    co_return fail(Code::FailedPrecondition, "{} still has the device {}; delete its devices first", intent.name,
                   *known->devices.begin());
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
  for (const std::string& device : known->devices) {
    host.add_devices(device);
  }
}

}  // namespace outrigger::apply
