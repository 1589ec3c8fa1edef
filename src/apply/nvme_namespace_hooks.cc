// NVMe namespaces: volumes behind limits, as the hosts of a subsystem see them.
#include "apply/counters.h"
#include "apply/nvme_hooks.h"
#include "apply/qos_limits.h"
#include "base/check.h"
#include "base/log.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <array>

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::NvmeNamespaceSpec;
using opi_api::storage::v1::NvmeNamespaceStatus;
using outrigger::v1::NvmeNamespaceOptions;

// Levels of a request above the limits: one for the queue's own.
constexpr uint32_t queue_levels = 1;
constexpr int32_t ana_group_default = 1;

const NvmeNamespaceSpec& spec_of(const model::Intent& intent) {
  return intent.as<opi_api::storage::v1::NvmeNamespace>().spec();
}

uint8_t hex_value(char c) noexcept {
  return static_cast<uint8_t>(c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

// The model has seen that it has 32 hexadecimal digits, or none.
std::array<uint8_t, 16> bytes_of(std::string_view digits) {
  std::array<uint8_t, 16> bytes{};
  size_t count = 0;
  for (const char c : digits) {
    if (c != '-' && count < 2 * bytes.size()) {
      bytes[count / 2] = static_cast<uint8_t>(bytes[count / 2] << 4 | hex_value(c));
      ++count;
    }
  }
  return bytes;
}

// EUI-64 is written with its most significant byte first (Identify Namespace).
std::array<uint8_t, 8> bytes_of(int64_t eui64) {
  std::array<uint8_t, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(eui64) >> (8 * (bytes.size() - 1 - i)));
  }
  return bytes;
}

const NvmeNamespaceOptions& options_of(const model::Intent& intent) {
  return intent.options_as<NvmeNamespaceOptions>();
}

uint32_t ana_group(const NvmeNamespaceOptions& options) {
  const int32_t group = options.ana_group();
  return static_cast<uint32_t>(group == 0 ? ana_group_default : group);
}

std::set<std::string> hosts_of(const NvmeNamespaceOptions& options) {
  return {options.hosts().begin(), options.hosts().end()};
}

// Shows the namespace to `wanted` and no longer to those of `shown` that are not among them; on an error all is as it
// was.
Result<void> show_to(nvme::Subsystem& subsystem, uint32_t nsid, const std::set<std::string>& shown,
                     const std::set<std::string>& wanted) {
  std::vector<std::string> added;
  for (const std::string& host : wanted) {
    if (shown.contains(host)) {
      continue;
    }
    if (auto made = subsystem.set_visible(nsid, host, true); !made.has_value()) {
      for (const std::string& other : added) {
        static_cast<void>(subsystem.set_visible(nsid, other, false));
      }
      return made;
    }
    added.push_back(host);
  }
  for (const std::string& host : shown) {
    if (!wanted.contains(host)) {
      check(subsystem.set_visible(nsid, host, false).has_value(), "what a host saw can be hidden from it");
    }
  }
  return {};
}

}  // namespace

NvmeNamespace* NvmeNamespaceHooks::find(const model::Intent& intent) noexcept {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  if (subsystem == nullptr) {
    return nullptr;
  }
  const auto found = subsystem->namespaces.find(intent.name);
  return found == subsystem->namespaces.end() ? nullptr : &found->second;
}

Result<void> NvmeNamespaceHooks::admit(const model::Intent& intent) {
  const NvmeNamespace* const space = find(intent);
  if (space != nullptr && space->hosts.empty() != hosts_of(options_of(intent)).empty()) {
    return fail(Code::FailedPrecondition,
                "nvme_namespace_options.hosts: whether all hosts see {} or only some is fixed since its creation: "
                "delete it and create it anew",
                intent.name);
  }
  return {};
}

core::Job<Result<void>> NvmeNamespaceHooks::realise(model::Intent intent) {
  if (NvmeNamespace* const space = find(intent)) {
    NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
    auto changing = change(subsystem, space, std::move(intent));
    Result<void> changed = co_await changing;
    co_return changed;
  }
  auto making = make(std::move(intent));
  Result<void> made = co_await making;
  co_return made;
}

core::Job<Result<void>> NvmeNamespaceHooks::make(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  check(subsystem != nullptr, "a subsystem is realised before its namespaces");
  const NvmeNamespaceSpec& spec = spec_of(intent);
  const Result<block::Device*> volume = volumes_.borrow(spec.volume_name_ref());
  if (!volume.has_value()) {
    co_return std::unexpected(volume.error());
  }
  auto limits = volume::QosDevice::create(intent.id, **volume,
                                          qos_limits(intent.options_as<NvmeNamespaceOptions>().max_limit()), clock_);
  if (!limits.has_value()) {
    co_return std::unexpected(std::move(limits).error());
  }
  if ((*limits)->stack_depth() + queue_levels > block::stack_depth_max) {
    co_return fail(Code::FailedPrecondition,
                   "{} stands on too many layers of volumes ({} levels, at most {}); put it on a shorter stack",
                   intent.name, (*limits)->stack_depth() + queue_levels, block::stack_depth_max);
  }
  const std::set<std::string> hosts = hosts_of(options_of(intent));
  nvme::NamespaceOptions options{.nsid = static_cast<uint32_t>(spec.host_nsid()),
                                 .uuid = bytes_of(spec.uuid()),
                                 .nguid = bytes_of(spec.nguid()),
                                 .eui64 = bytes_of(spec.eui64()),
                                 .ana_group = ana_group(options_of(intent)),
                                 .is_visible_to_all = hosts.empty()};
  if (!intent.is_restore && !table_.is_withdrawn(intent.name)) {
    // A deleted one with this UUID may have left a reservation behind, when the daemon ended at the wrong moment.
    if (Result<void> forgotten = table_.plane().forget_reservation(options.uuid); !forgotten.has_value()) {
      co_return with_context(std::move(forgotten).error(), intent.name);
    }
  }
  auto adding = subsystem->plane->add_namespace(options, **limits);
  const Result<uint32_t> nsid = co_await adding;
  if (!nsid.has_value()) {
    co_return with_context(nsid.error(), intent.name);
  }
  Result<void> shown = show_to(*subsystem->plane, *nsid, {}, hosts);
  if (!shown.has_value()) {
    auto removing = subsystem->plane->remove_namespace(*nsid);
    const Result<void> removed = co_await removing;
    check(removed.has_value(), "a namespace that was added can be removed");
    co_return with_context(std::move(shown).error(), intent.name);
  }
  NvmeNamespace space{.name = intent.name, .nsid = *nsid, .limits = std::move(*limits), .hosts = hosts};
  subsystem->namespaces.emplace(intent.name, std::move(space));
  table_.came_back(intent.name);
  log::info("apply", "{}: namespace {} of {}", intent.name, *nsid, (*volume)->name());
  if (NvmeHolds* const holds = table_.holds()) {
    holds->look(subsystem_id_of(intent.name));
  }
  co_return Result<void>{};
}

// What this version of its resource says; all or nothing.
Result<void> NvmeNamespaceHooks::set(NvmeSubsystem& subsystem, NvmeNamespace& space,
                                     const NvmeNamespaceOptions& options) {
  const volume::QosLimits limits_before = space.limits->limits();
  OR_TRY(space.limits->update(qos_limits(options.max_limit())));
  const std::set<std::string> wanted = hosts_of(options);
  Result<void> shown = show_to(*subsystem.plane, space.nsid, space.hosts, wanted);
  if (!shown.has_value()) {
    const Result<void> back = space.limits->update(limits_before);
    check(back.has_value(), "limits that held before are taken again");
    return shown;
  }
  space.hosts = wanted;
  return {};
}

// All or nothing. A host that shall not see it any more may have written until a moment ago: the change is made when
// that has ended.
core::Job<Result<void>> NvmeNamespaceHooks::change(NvmeSubsystem* subsystem, NvmeNamespace* space,
                                                   model::Intent intent) {
  const uint64_t before = subsystem->plane->withdrawal_count();
  Result<void> changed = set(*subsystem, *space, options_of(intent));
  if (changed.has_value()) {
    auto settling = subsystem->plane->settle(before);
    changed = co_await settling;
    if (!changed.has_value() && intent.options_before != nullptr) {
      const Result<void> back =
          set(*subsystem, *space, static_cast<const NvmeNamespaceOptions&>(*intent.options_before));
      if (!back.has_value()) {
        log::error("apply", "{}: cannot be what it was before: {}", intent.name, back.error().what);
      }
    }
  }
  if (!changed.has_value()) {
    co_return with_context(std::move(changed).error(), intent.name);
  }
  // What was asked stays, whatever becomes of commands that were sent before: as with ANA states.
  const uint64_t before_group = subsystem->plane->withdrawal_count();
  const Result<void> grouped = subsystem->plane->set_ana_group(space->nsid, ana_group(options_of(intent)));
  check(grouped.has_value(), "the model lets only groups through that there are");
  auto ending = subsystem->plane->settle(before_group);
  const Result<void> ended = co_await ending;
  if (!ended.has_value()) {
    log::warning("apply", "{}: its ANA group is as asked, but {}", intent.name, ended.error().what);
  }
  log::info("apply", "{}: changed", intent.name);
  co_return Result<void>{};
}

core::Job<Result<void>> NvmeNamespaceHooks::withdraw(model::Intent intent) {
  NvmeSubsystem* const subsystem = table_.find(subsystem_id_of(intent.name));
  NvmeNamespace* const space = find(intent);
  check(space != nullptr, "only realised namespaces are withdrawn");
  auto removing = subsystem->plane->remove_namespace(space->nsid);
  Result<void> removed = co_await removing;
  if (!removed.has_value() && removed.error().code != Code::NotFound) {  // who is not there any more has gone
    co_return with_context(std::move(removed).error(), intent.name);
  }
  subsystem->retained = sum(subsystem->retained, volume_counters(space->limits->counter_sums()));
  subsystem->namespaces.erase(intent.name);
  table_.withdrawn(intent.name, {.reservation_of = bytes_of(spec_of(intent).uuid())});
  log::info("apply", "{}: withdrawn", intent.name);
  co_return Result<void>{};
}

void NvmeNamespaceHooks::observe(const model::Intent& intent, model::Message& into) {
  const NvmeNamespace* const space = find(intent);
  const bool is_online = space != nullptr && volumes_.trouble_of(*space->limits).empty();
  auto& status = *static_cast<opi_api::storage::v1::NvmeNamespace&>(into).mutable_status();
  status.set_state(NvmeNamespaceStatus::STATE_ENABLED);
  status.set_oper_state(is_online ? NvmeNamespaceStatus::OPER_STATE_ONLINE : NvmeNamespaceStatus::OPER_STATE_OFFLINE);
}

void NvmeNamespaceHooks::describe(const model::Intent& intent, model::Message& view) {
  const NvmeNamespace* const space = find(intent);
  if (space == nullptr) {
    return;
  }
  auto& shown = static_cast<outrigger::v1::NvmeNamespaceState&>(view);
  const block::Geometry geometry = space->limits->geometry();
  shown.set_block_size(geometry.block_size);
  shown.set_blocks_count(static_cast<int64_t>(geometry.block_count));
  shown.set_read_only(!geometry.is_writable);
  shown.set_state_reason(volumes_.trouble_of(*space->limits));
}

Result<model::VolumeCounters> NvmeNamespaceHooks::stats(const model::Intent& intent) {
  const NvmeNamespace* const space = find(intent);
  if (space == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return volume_counters(space->limits->counter_sums());
}

}  // namespace outrigger::apply
