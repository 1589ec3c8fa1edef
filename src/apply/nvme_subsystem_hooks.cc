// NVMe subsystems: who they are and which hosts may connect.
#include "apply/counters.h"
#include "apply/nvme_hooks.h"
#include "apply/nvme_keys.h"
#include "base/check.h"
#include "base/log.h"
#include "model/limits.h"
#include "nvme/connect.h"
#include "nvme/limits.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::NvmeSubsystemSpec;
using outrigger::v1::NvmeConnection;
using outrigger::v1::NvmeState;
using outrigger::v1::NvmeSubsystemOptions;

// What the model lets through, the plane can do.
static_assert(model::nvme_nsid_max == nvme::subsystem_nsid_max);
static_assert(model::nvme_ana_group_max == nvme::ana_groups_max);
static_assert(model::nvme_controllers_max <= nvme::ports_max);
static_assert(model::nvme_hosts_max < nvme::hosts_max);
static_assert(model::nvme_cntlid_max == nvme::cntlid_max);
// A host with as many paths as ours may have keeps the keys of all of them.
static_assert(nvme::generated_psks_per_host_max >= 2 * static_cast<int64_t>(model::nvme_paths_max));

constexpr std::string_view model_default = "Outrigger";

const NvmeSubsystemSpec& spec_of(const model::Intent& intent) {
  return intent.as<opi_api::storage::v1::NvmeSubsystem>().spec();
}

// Hosts know a subsystem by its serial number too: one that is not given comes from the NQN, and stays over restarts.
std::string serial_of(const NvmeSubsystemSpec& spec) {
  if (!spec.serial_number().empty()) {
    return spec.serial_number();
  }
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char c : spec.nqn()) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  }
  return fmt::format("OR{:016X}", hash);
}

std::string model_of(const NvmeSubsystemSpec& spec) {
  return spec.model_number().empty() ? std::string(model_default) : spec.model_number();
}

std::vector<uint16_t> static_controllers_of(const model::Intent& intent) {
  std::vector<uint16_t> identifiers;
  for (const int32_t identifier : intent.options_as<NvmeSubsystemOptions>().static_controllers()) {
    identifiers.push_back(static_cast<uint16_t>(identifier));
  }
  return identifiers;
}

Result<NamedHosts> named_in(const model::Intent& intent) {
  return named_hosts(spec_of(intent), intent.options_as<NvmeSubsystemOptions>());
}

bool allows_any(const model::Intent& intent, const NamedHosts& named) {
  const auto& options = intent.options_as<NvmeSubsystemOptions>();
  return options.has_allow_any_host() ? options.allow_any_host() : named.empty();
}

// Lets the plane know the hosts that are named, with their keys; on an error it knows what it knew.
Result<void> allow_hosts(NvmeSubsystem& subsystem, const NamedHosts& named) {
  NamedHosts changed;  // as they were
  std::vector<std::string> added;
  for (const auto& [host, security] : named) {
    const auto known = subsystem.allowed_hosts.find(host);
    const bool is_new = known == subsystem.allowed_hosts.end();
    if (!is_new && is_same(known->second.get(), security.get())) {
      continue;
    }
    if (auto allowed = subsystem.plane->allow_host({.nqn = host, .security = security}); !allowed.has_value()) {
      for (const std::string& other : added) {
        static_cast<void>(subsystem.plane->forbid_host(other));
      }
      for (const auto& [other, before] : changed) {
        static_cast<void>(subsystem.plane->allow_host({.nqn = other, .security = before}));
      }
      return allowed;
    }
    if (is_new) {
      added.push_back(host);
    } else {
      changed.emplace(host, known->second);
    }
  }
  for (const std::string& host : added) {
    subsystem.allowed_hosts[host] = named.find(host)->second;
  }
  for (const auto& [host, before] : changed) {
    subsystem.allowed_hosts[host] = named.find(host)->second;
  }
  return {};
}

// Those that are not named any more must go. While any host may connect they need not, but nothing is asked of them.
void forget_others(NvmeSubsystem& subsystem, const NamedHosts& named, bool is_any_allowed, std::string_view name) {
  for (auto at = subsystem.allowed_hosts.begin(); at != subsystem.allowed_hosts.end();) {
    const auto& [host, security] = *at;
    if (named.contains(host) || (is_any_allowed && security == nullptr)) {
      ++at;
      continue;
    }
    const auto gone = is_any_allowed ? subsystem.plane->allow_host({.nqn = host}) : subsystem.plane->forbid_host(host);
    if (!gone.has_value()) {
      log::warning("apply", "{}: host {}: {}", name, host, gone.error().what);
    }
    if (is_any_allowed) {
      at->second = nullptr;
      ++at;
    } else {
      at = subsystem.allowed_hosts.erase(at);
    }
  }
}

void set_hosts(NvmeSubsystem& subsystem, const NamedHosts& named, bool is_any_allowed, std::string_view name) {
  if (is_any_allowed != subsystem.plane->options().allows_any_host) {
    subsystem.plane->allow_any_host(is_any_allowed);
  }
  forget_others(subsystem, named, is_any_allowed, name);
}

// Names that a host has been told meanwhile stay until the daemon starts anew.
void take_back_names(nvme::Subsystem& plane, const nvme::SubsystemOptions& before, std::string_view name) {
  const nvme::SubsystemOptions& now = plane.options();
  if (now.serial == before.serial && now.model == before.model) {
    return;
  }
  if (const Result<void> back = plane.rename(before.serial, before.model); !back.has_value()) {
    log::warning("apply", "{}: a change was refused, but not its names: {}", name, back.error().what);
  }
}

std::string uuid_text(const std::array<uint8_t, 16>& bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
  }
  return text;
}

}  // namespace

Result<void> NvmeSubsystemHooks::admit(const model::Intent& intent) {
  OR_TRY(named_in(intent));
  return {};
}

core::Job<Result<void>> NvmeSubsystemHooks::realise(model::Intent intent) {
  if (NvmeSubsystem* const subsystem = table_.find(intent.id)) {
    auto changing = change(subsystem, std::move(intent));
    Result<void> changed = co_await changing;
    co_return changed;
  }
  co_return make(intent);
}

Result<void> NvmeSubsystemHooks::make(const model::Intent& intent) {
  const NvmeSubsystemSpec& spec = spec_of(intent);
  OR_ASSIGN(const NamedHosts named, named_in(intent));
  NvmeSubsystem made;
  made.health = table_.plane().health_file(intent.id);
  if (made.health != nullptr && !intent.is_restore && !table_.is_withdrawn(intent.name)) {
    // A deleted one of this name may have left something behind, when the daemon ended at the wrong moment.
    if (const Result<void> removed = made.health->remove(); !removed.has_value()) {
      return with_context(removed.error(), fmt::format("{}: what SMART told of an earlier one", intent.name));
    }
  }
  OR_ASSIGN(std::unique_ptr<nvme::Subsystem> plane,
            table_.plane().make_subsystem({.nqn = spec.nqn(),
                                           .serial = serial_of(spec),
                                           .model = model_of(spec),
                                           .firmware = firmware_,
                                           .nsid_max = static_cast<uint32_t>(spec.max_namespaces()),
                                           .allows_any_host = false,
                                           .static_controllers = static_controllers_of(intent),
                                           .health_store = made.health.get()}));
  // Nobody can connect yet: it has no address.
  made.plane = std::move(plane);
  if (auto allowed = allow_hosts(made, named); !allowed.has_value()) {
    return with_context(std::move(allowed).error(), intent.name);
  }
  set_hosts(made, named, allows_any(intent, named), intent.name);
  table_.add(intent.id, std::move(made));
  table_.came_back(intent.name);
  if (NvmeHolds* const holds = table_.holds(); holds != nullptr && intent.is_restore) {
    holds->restored(intent.id, intent.name);
  }
  log::info("apply", "{}: subsystem {}", intent.name, spec.nqn());
  return {};
}

// A host that may not connect any more may have written until a moment ago: the change is made when that has ended.
core::Job<Result<void>> NvmeSubsystemHooks::change(NvmeSubsystem* subsystem, model::Intent intent) {
  const NvmeSubsystemSpec& spec = spec_of(intent);
  nvme::Subsystem& plane = *subsystem->plane;
  const Result<NamedHosts> named = named_in(intent);
  if (!named.has_value()) {
    co_return std::unexpected(named.error());
  }
  const nvme::SubsystemOptions options_before = plane.options();
  const NamedHosts hosts_before = subsystem->allowed_hosts;
  const uint64_t count_before = plane.withdrawal_count();
  Result<void> changed;
  if (options_before.serial != serial_of(spec) || options_before.model != model_of(spec)) {
    changed = plane.rename(serial_of(spec), model_of(spec));
  }
  if (changed.has_value()) {
    changed = allow_hosts(*subsystem, *named);
    if (changed.has_value()) {
      set_hosts(*subsystem, *named, allows_any(intent, *named), intent.name);
      auto settling = plane.settle(count_before);
      changed = co_await settling;
      if (!changed.has_value()) {
        const Result<void> back = allow_hosts(*subsystem, hosts_before);
        check(back.has_value(), "hosts that were allowed before are allowed again");
        set_hosts(*subsystem, hosts_before, options_before.allows_any_host, intent.name);
      }
    }
    if (!changed.has_value()) {
      take_back_names(plane, options_before, intent.name);
    }
  }
  if (!changed.has_value()) {
    co_return with_context(std::move(changed).error(), intent.name);
  }
  plane.set_static_controllers(static_controllers_of(intent));
  log::info("apply", "{}: changed", intent.name);
  co_return Result<void>{};
}

core::Job<Result<void>> NvmeSubsystemHooks::withdraw(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(intent.id);
  check(subsystem != nullptr, "only realised subsystems are withdrawn");
  auto closing = subsystem->plane->close();
  co_await closing;
  NvmeKept kept{.health = std::move(subsystem->health)};
  table_.remove(intent.id);
  table_.withdrawn(intent.name, std::move(kept));
  log::info("apply", "{}: withdrawn", intent.name);
  co_return Result<void>{};
}

void NvmeSubsystemHooks::observe(const model::Intent& intent, model::Message& into) {
  NvmeSubsystem* const subsystem = table_.find(intent.id);
  if (subsystem == nullptr) {
    return;
  }
  auto& shown = static_cast<opi_api::storage::v1::NvmeSubsystem&>(into);
  shown.mutable_spec()->set_serial_number(serial_of(spec_of(intent)));
  shown.mutable_spec()->set_model_number(model_of(spec_of(intent)));
  shown.mutable_status()->set_firmware_revision(firmware_);
}

void NvmeSubsystemHooks::describe(const model::Intent& intent, model::Message& view) {
  const NvmeSubsystem* const subsystem = table_.find(intent.id);
  if (subsystem == nullptr) {
    return;
  }
  if (const NvmeHolds* const holds = table_.holds(); holds != nullptr && holds->is_held(intent.id)) {
    static_cast<NvmeState&>(view).set_state(NvmeState::PENDING);
    static_cast<NvmeState&>(view).set_state_reason(holds->reason(intent.id));
  }
  for (const nvme::ControllerFacts& facts : subsystem->plane->controllers()) {
    NvmeConnection& connection = *static_cast<NvmeState&>(view).add_connections();
    connection.set_hostnqn(facts.hostnqn);
    connection.set_hostid(uuid_text(facts.hostid));
    connection.set_address(facts.peer);
    connection.set_cntlid(facts.cntlid);
    connection.set_io_queue_count(static_cast<int32_t>(facts.io_queue_count));
    connection.set_port_id(facts.port_id);
    connection.set_is_secure(facts.is_secure);
    connection.set_is_authenticated(facts.is_authenticated);
  }
}

Result<model::VolumeCounters> NvmeSubsystemHooks::stats(const model::Intent& intent) {
  const NvmeSubsystem* const subsystem = table_.find(intent.id);
  if (subsystem == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return subsystem->counters();
}

}  // namespace outrigger::apply
