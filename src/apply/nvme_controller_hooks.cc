// OPI's NVMe controllers over a network: addresses at which a subsystem is reached.
#include "apply/counters.h"
#include "apply/nvme_hooks.h"
#include "base/check.h"
#include "base/log.h"
#include "model/nvme_address.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

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

Result<void> NvmeControllerHooks::set_ana_states(NvmeSubsystem& subsystem, const nvme::Port& port,
                                                 const model::Intent& intent) {
  for (const auto& [group, state] : ana_states(intent)) {
    OR_TRY(subsystem.plane->set_ana_state(port, group, state));
  }
  return {};
}

core::Job<Result<void>> NvmeControllerHooks::realise(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  check(subsystem != nullptr, "a subsystem is realised before its controllers");
  const FabricsEndpoint& endpoint = intent.as<NvmeController>().spec().fabrics_id();
  const std::string address = model::nvme_address(endpoint);
  const bool requires_tls = intent.options_as<NvmeControllerOptions>().requires_tls();
  if (const auto found = subsystem->controllers.find(intent.name); found != subsystem->controllers.end()) {
    Result<void> changed = set_ana_states(*subsystem, *table_.port_at(found->second), intent);
    if (changed.has_value()) {
      table_.require_tls(found->second, intent.name, requires_tls);
    }
    co_return changed;
  }
  const Result<const nvme::Port*> port = table_.take_port(address, port_of(endpoint, requires_tls));
  if (!port.has_value()) {
    co_return std::unexpected(listening_failed(port.error(), address));
  }
  table_.require_tls(address, intent.name, requires_tls);
  subsystem->plane->expose_at(**port);
  Result<void> set = set_ana_states(*subsystem, **port, intent);
  if (!set.has_value()) {
    subsystem->plane->withdraw_from(**port);
    auto returning = table_.give_back_port(address, intent.name);
    co_await returning;
    co_return with_context(std::move(set).error(), intent.name);
  }
  for (const auto& [name, other] : subsystem->controllers) {
    controllers_[name].is_alone = false;
  }
  controllers_[intent.name] = {
      .address = address, .is_alone = subsystem->controllers.empty(), .before = subsystem->counters()};
  subsystem->controllers.emplace(intent.name, address);
  log::info("apply", "{}: reached at {}", intent.name, address);
  co_return Result<void>{};
}

core::Job<Result<void>> NvmeControllerHooks::withdraw(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  check(subsystem != nullptr, "controllers are withdrawn before their subsystem");
  const auto found = subsystem->controllers.find(intent.name);
  check(found != subsystem->controllers.end(), "only realised controllers are withdrawn");
  std::string address = found->second;
  subsystem->plane->withdraw_from(*table_.port_at(address));
  subsystem->controllers.erase(found);
  controllers_.erase(intent.name);
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
  const auto found = controllers_.find(intent.name);
  const nvme::Port* const port = found == controllers_.end() ? nullptr : table_.port_at(found->second.address);
  if (port != nullptr) {
    static_cast<outrigger::v1::NvmeControllerState&>(view).set_port_id(port->id);
  }
}

Result<model::VolumeCounters> NvmeControllerHooks::stats(const model::Intent& intent) {
  const auto found = controllers_.find(intent.name);
  const NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  if (found == controllers_.end() || subsystem == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  if (!found->second.is_alone) {
    return fail(Code::Unimplemented,
                "{} shares its subsystem's namespaces with other controllers, and namespaces are what is counted: see "
                "the stats of the subsystem and of its namespaces",
                intent.name);
  }
  return since(found->second.before, subsystem->counters());
}

}  // namespace outrigger::apply
