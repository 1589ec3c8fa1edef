// OPI's NVMe controllers over a network: addresses at which a subsystem is reached.
#include "apply/counters.h"
#include "apply/nvme_hooks.h"
#include "apply/qos_limits.h"
#include "base/check.h"
#include "base/log.h"
#include "model/nvme_address.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <algorithm>
#include <map>

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::FabricsEndpoint;
using opi_api::storage::v1::NvmeController;
using outrigger::v1::NvmeAnaState;
using outrigger::v1::NvmeControllerOptions;

nvme::Port port_of(const FabricsEndpoint& endpoint, bool requires_tls) {
  nvme::Port port;
  port.trtype = nvme::TransportType::Tcp;
  port.adrfam = endpoint.adrfam() == opi_api::storage::v1::NVME_ADDRESS_FAMILY_IPV6 ? nvme::AddressFamily::Ipv6
                                                                                    : nvme::AddressFamily::Ipv4;
  port.traddr = endpoint.traddr();
  port.trsvcid = endpoint.trsvcid();
  port.requires_tls = requires_tls;
  return port;
}

nvme::AnaState ana_state(NvmeAnaState::State state) {
  switch (state) {
    case NvmeAnaState::NON_OPTIMIZED: return nvme::AnaState::NonOptimized;
    case NvmeAnaState::INACCESSIBLE: return nvme::AnaState::Inaccessible;
    case NvmeAnaState::PERSISTENT_LOSS: return nvme::AnaState::PersistentLoss;
    case NvmeAnaState::CHANGE: return nvme::AnaState::Change;
    default: return nvme::AnaState::Optimized;
  }
}

// The groups that are named, now or before: the others are optimized anyway.
std::map<uint32_t, nvme::AnaState> ana_states(const model::Intent& intent) {
  std::map<uint32_t, nvme::AnaState> states;
  if (intent.options_before != nullptr) {
    for (const auto& state : static_cast<const NvmeControllerOptions&>(*intent.options_before).ana_states()) {
      states[static_cast<uint32_t>(state.group())] = nvme::AnaState::Optimized;
    }
  }
  for (const auto& state : intent.options_as<NvmeControllerOptions>().ana_states()) {
    states[static_cast<uint32_t>(state.group())] = ana_state(state.state());
  }
  return states;
}

Result<void> set_ana_states(nvme::Subsystem& subsystem, const nvme::Port& port, const model::Intent& intent) {
  for (const auto& [group, state] : ana_states(intent)) {
    OR_TRY(subsystem.set_ana_state(port, group, state));
  }
  return {};
}

bool requires_tls(const model::Intent& intent) { return intent.options_as<NvmeControllerOptions>().requires_tls(); }

// To what it was before.
model::Intent back_from(const model::Intent& intent) {
  model::Intent back = intent;
  std::swap(back.resource, back.before);
  std::swap(back.options, back.options_before);
  return back;
}

// A queue is a submission and a completion queue: the smaller number counts.
uint16_t queue_count_of(const opi_api::storage::v1::NvmeControllerSpec& spec) noexcept {
  const int32_t least = std::min(spec.max_nsq(), spec.max_ncq());
  return static_cast<uint16_t>(least != 0 ? least : std::max(spec.max_nsq(), spec.max_ncq()));
}

nvme::PortRules rules_of(const model::Intent& intent) {
  const auto& spec = intent.as<NvmeController>().spec();
  return {.rates = qos_limits(spec.max_limit()), .io_queues_max = queue_count_of(spec)};
}

// The transport's own words name the address.
Error listening_failed(Error error, const std::string& address) {
  if (error.code == Code::AlreadyExists) {
    return {Code::FailedPrecondition,
            fmt::format("nvme_controller.spec.fabrics_id: {} is in use by another program: choose another port, or "
                        "stop it",
                        address)};
  }
  return {error.code, fmt::format("nvme_controller.spec.fabrics_id: {}", error.what)};
}

}  // namespace

NvmeControllerHooks::Place NvmeControllerHooks::find(const model::Intent& intent) const {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  if (subsystem == nullptr) {
    return {};
  }
  const auto found = subsystem->controllers.find(intent.name);
  return found == subsystem->controllers.end() ? Place{} : Place{subsystem, table_.port_at(found->second)};
}

core::Job<Result<void>> NvmeControllerHooks::realise(model::Intent intent) {
  auto realising = find(intent).subsystem != nullptr ? change(std::move(intent)) : make(std::move(intent));
  Result<void> realised = co_await realising;
  co_return realised;
}

core::Job<Result<void>> NvmeControllerHooks::change(model::Intent intent) {
  const Place place = find(intent);
  nvme::Subsystem& plane = *place.subsystem->plane;
  const std::string address = place.subsystem->controllers.find(intent.name)->second;
  // Hosts of other subsystems are concerned as well where TLS is required now.
  NvmeTable::Withdrawals since = table_.withdrawals_at(address);
  plane.set_port_rules(*place.port, rules_of(intent));
  table_.require_tls(address, intent.name, requires_tls(intent));
  auto settling = table_.settle(std::move(since));
  Result<void> changed = co_await settling;
  const uint64_t before = plane.withdrawal_count();
  if (changed.has_value()) {
    changed = set_ana_states(plane, *place.port, intent);
  }
  if (changed.has_value()) {
    // Who fails over means it: what was asked stays, whatever becomes of commands that were sent before.
    auto ending = plane.settle(before);
    const Result<void> ended = co_await ending;
    if (!ended.has_value()) {
      log::warning("apply", "{}: its ANA states are as asked, but {}", intent.name, ended.error().what);
    }
  }
  if (!changed.has_value() && intent.before != nullptr) {
    const model::Intent old = back_from(intent);
    static_cast<void>(set_ana_states(plane, *place.port, old));
    plane.set_port_rules(*place.port, rules_of(old));
    table_.require_tls(address, intent.name, requires_tls(old));
  }
  co_return changed;
}

core::Job<Result<void>> NvmeControllerHooks::make(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  check(subsystem != nullptr, "a subsystem is realised before its controllers");
  const FabricsEndpoint& endpoint = intent.as<NvmeController>().spec().fabrics_id();
  const std::string address = model::nvme_address(endpoint);
  NvmeTable::Withdrawals since = table_.withdrawals_at(address);
  const Result<const nvme::Port*> port = table_.take_port(address, port_of(endpoint, requires_tls(intent)));
  if (!port.has_value()) {
    co_return std::unexpected(listening_failed(port.error(), address));
  }
  table_.require_tls(address, intent.name, requires_tls(intent));
  // No host can connect before this job waits for something: rules hold from the first command on.
  subsystem->plane->expose_at(**port);
  subsystem->plane->set_port_rules(**port, rules_of(intent));
  subsystem->controllers.emplace(intent.name, address);
  Result<void> set = set_ana_states(*subsystem->plane, **port, intent);
  if (set.has_value()) {
    auto settling = table_.settle(std::move(since));
    set = co_await settling;
  }
  if (!set.has_value()) {
    subsystem->plane->withdraw_from(**port);
    subsystem->controllers.erase(intent.name);
    auto returning = table_.give_back_port(address, intent.name);
    co_await returning;
    co_return with_context(std::move(set).error(), intent.name);
  }
  log::info("apply", "{}: reached at {}", intent.name, address);
  co_return Result<void>{};
}

// The address may be one of other subsystems too, and stay open: hosts that came through it may write until their
// controllers have gone.
core::Job<Result<void>> NvmeControllerHooks::withdraw(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  check(subsystem != nullptr, "controllers are withdrawn before their subsystem");
  const auto found = subsystem->controllers.find(intent.name);
  check(found != subsystem->controllers.end(), "only realised controllers are withdrawn");
  std::string address = found->second;
  const nvme::Port& port = *table_.port_at(address);
  const uint64_t before = subsystem->plane->withdrawal_count();
  subsystem->plane->withdraw_from(port);
  auto settling = subsystem->plane->settle(before);
  Result<void> settled = co_await settling;
  if (!settled.has_value()) {
    subsystem->plane->expose_at(port);
    subsystem->plane->set_port_rules(port, rules_of(intent));
    static_cast<void>(set_ana_states(*subsystem->plane, port, intent));
    co_return with_context(std::move(settled).error(), intent.name);
  }
  subsystem->controllers.erase(found);
  auto returning = table_.give_back_port(std::move(address), intent.name);
  co_await returning;
  log::info("apply", "{}: deleted", intent.name);
  co_return Result<void>{};
}

void NvmeControllerHooks::observe(const model::Intent& intent, model::Message& into) {
  static_cast<void>(intent);
  auto& shown = static_cast<NvmeController&>(into);
  shown.mutable_spec()->set_nvme_controller_id(-1);  // dynamic: each host that connects gets a number of its own
  shown.mutable_status()->set_active(true);
}

void NvmeControllerHooks::describe(const model::Intent& intent, model::Message& view) {
  if (const Place place = find(intent); place.subsystem != nullptr) {
    static_cast<outrigger::v1::NvmeControllerState&>(view).set_port_id(place.port->id);
  }
}

Result<model::VolumeCounters> NvmeControllerHooks::stats(const model::Intent& intent) {
  const Place place = find(intent);
  if (place.subsystem == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return volume_counters(place.subsystem->plane->io_totals_at(*place.port).commands);
}

}  // namespace outrigger::apply
