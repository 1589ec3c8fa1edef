#include "apply/remote_hooks.h"

#include "apply/counters.h"
#include "base/log.h"
#include "outrigger/v1/volume.pb.h"

#include <algorithm>

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

constexpr uint64_t ns_per_ms = 1'000'000;

// "nvme0" of "nvmeRemoteControllers/nvme0/…".
std::string_view controller_id_of(std::string_view name) noexcept {
  name.remove_prefix(std::min(name.size(), name.find('/') + 1));
  return name.substr(0, name.find('/'));
}

RemoteSpec spec_of(const model::Intent& intent) {
  RemoteSpec spec;
  spec.controller = intent.as<opi::NvmeRemoteController>();
  if (intent.options != nullptr) {
    spec.options = intent.options_as<v1::NvmeRemoteControllerOptions>();
  }
  return spec;
}

v1::NvmePathState::State state_of(const nvme_host::PathStatus& status) noexcept {
  switch (status.state) {
    case nvme_host::PathState::Live: return v1::NvmePathState::LIVE;
    case nvme_host::PathState::Failed: return v1::NvmePathState::FAILED;
    case nvme_host::PathState::Stopping: return v1::NvmePathState::PENDING;
    case nvme_host::PathState::Reconnecting: return v1::NvmePathState::RECONNECTING;
    default: break;
  }
  return status.connects == 0 ? v1::NvmePathState::CONNECTING : v1::NvmePathState::RECONNECTING;
}

// Why requests to a namespace wait or fail; empty: they do not.
std::string trouble_of(const Remote& remote, const nvme_host::RemoteNamespace& device) {
  if (!device.is_present()) {
    if (remote.live_count() == 0) {
      return "every path to it was given up";
    }
    return remote.shows(device.nsid()) ? fmt::format("the target shows another namespace as number {}", device.nsid())
                                       : "the target does not show it any more";
  }
  const auto reach = remote.reach_of(device);
  if (reach.empty()) {
    return "no path to it is live";
  }
  const bool is_usable = std::ranges::any_of(reach, [](const Remote::Reach& each) {
    return each.ana == nvme_host::PathAnaState::Optimized || each.ana == nvme_host::PathAnaState::NonOptimized;
  });
  return is_usable ? "" : "the target says that it cannot be reached at present over any live path (ANA)";
}

void fill_size(const block::Device& device, auto& out) {
  const block::Geometry geometry = device.geometry();
  out.set_block_size(geometry.block_size);
  out.set_blocks_count(static_cast<int64_t>(geometry.block_count));
}

}  // namespace

// -- the table

RemoteTable::RemoteTable(Cores cores, VolumeTable& volumes, HostIdentity identity,
                         nvme_host::RemoteController::PathFactory make_path)
    : world_{.cores = std::move(cores),
             .volumes = volumes,
             .identity = std::move(identity),
             .make_path = std::move(make_path)} {}

void RemoteTable::set_rows(model::FoundRows& rows) {
  world_.rows = &rows;
  world_.volumes.set_trouble_source([this](const block::Device& device) { return trouble_of(device); });
}

std::string RemoteTable::trouble_of(const block::Device& device) const {
  for (const auto& [id, remote] : remotes_) {
    for (const nvme_host::RemoteNamespace* space : remote->devices()) {
      if (space == &device) {
        return apply::trouble_of(*remote, *space);
      }
    }
  }
  return {};
}

Remote* RemoteTable::find(std::string_view id) noexcept {
  const auto found = remotes_.find(id);
  return found == remotes_.end() ? nullptr : found->second.get();
}

Remote& RemoteTable::add(std::string id, RemoteSpec spec) {
  auto remote = std::make_unique<Remote>(world_, id, std::move(spec));
  Remote& added = *remote;
  const bool is_new = remotes_.emplace(std::move(id), std::move(remote)).second;
  check(is_new, "a remote controller is made once");
  return added;
}

void RemoteTable::remove(std::string_view id) {
  const auto found = remotes_.find(id);
  check(found != remotes_.end(), "only realised remote controllers are withdrawn");
  remotes_.erase(found);
}

void RemoteTable::look_again() {
  for (const auto& [id, remote] : remotes_) {
    remote->look_again();
  }
}

std::vector<std::pair<std::string, nvme_host::PathStatistics>> RemoteTable::paths() const {
  std::vector<std::pair<std::string, nvme_host::PathStatistics>> all;
  for (const auto& [id, remote] : remotes_) {
    for (const std::string& path_id : remote->path_ids()) {
      if (auto statistics = remote->statistics_of(path_id)) {
        all.emplace_back(fmt::format("nvmeRemoteControllers/{}/nvmePaths/{}", id, path_id), std::move(*statistics));
      }
    }
  }
  return all;
}

core::Job<void> RemoteTable::close_all() {
  for (const auto& [id, remote] : remotes_) {
    core::Job<void> closing = remote->close();
    co_await closing;
  }
}

// -- controllers

core::Job<Result<void>> RemoteControllerHooks::realise(model::Intent intent) {
  if (Remote* const remote = table_.find(intent.id)) {
    core::Job<Result<void>> changing = remote->change(spec_of(intent));
    Result<void> changed = co_await changing;
    co_return changed;
  }
  table_.add(intent.id, spec_of(intent));
  co_return Result<void>{};
}

core::Job<Result<void>> RemoteControllerHooks::withdraw(model::Intent intent) {
  Remote* const remote = table_.find(intent.id);
  check(remote != nullptr, "only realised remote controllers are withdrawn");
  core::Job<void> closing = remote->close();
  co_await closing;
  table_.remove(intent.id);
  co_return Result<void>{};
}

void RemoteControllerHooks::describe(const model::Intent& intent, model::Message& view) {
  const Remote* const remote = table_.find(intent.id);
  if (remote == nullptr || view.GetDescriptor() != v1::NvmeRemoteState::descriptor()) {
    return;
  }
  auto& shown = static_cast<v1::NvmeRemoteState&>(view);
  shown.set_hostnqn(remote->hostnqn());
  if (remote->path_count() > 0 && remote->live_count() == 0) {
    shown.set_state(v1::NvmeRemoteState::OFFLINE);
    shown.set_state_reason("no path is live");
  } else if (const auto problems = remote->problems(); !problems.empty()) {
    shown.set_state_reason(problems.front());
  }
}

Result<model::VolumeCounters> RemoteControllerHooks::stats(const model::Intent& intent) {
  const Remote* const remote = table_.find(intent.id);
  if (remote == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return remote->counters();
}

Result<void> RemoteControllerHooks::reset(const model::Intent& intent) {
  Remote* const remote = table_.find(intent.id);
  if (remote == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  log::info("apply", "{}: reset", intent.name);
  remote->reset();
  return {};
}

// -- paths

core::Job<Result<void>> NvmePathHooks::realise(model::Intent intent) {
  if (intent.before != nullptr) {
    co_return Result<void>{};  // nothing of a path can change
  }
  Remote* const remote = table_.find(controller_id_of(intent.name));
  if (remote == nullptr) {
    co_return fail(Code::Unavailable, "{}: its controller is not ready", intent.name);
  }
  core::Job<Result<void>> adding = remote->add_path(intent.id, intent.as<opi::NvmePath>(), !intent.is_restore);
  Result<void> added = co_await adding;
  co_return added;
}

core::Job<Result<void>> NvmePathHooks::withdraw(model::Intent intent) {
  Remote* const remote = table_.find(controller_id_of(intent.name));
  check(remote != nullptr, "a path goes before its controller");
  core::Job<Result<void>> removing = remote->remove_path(intent.id);
  Result<void> removed = co_await removing;
  co_return removed;
}

void NvmePathHooks::describe(const model::Intent& intent, model::Message& view) {
  const Remote* const remote = table_.find(controller_id_of(intent.name));
  const auto known = remote == nullptr ? std::nullopt : remote->statistics_of(intent.id);
  if (!known.has_value() || view.GetDescriptor() != v1::NvmePathState::descriptor()) {
    return;
  }
  auto& shown = static_cast<v1::NvmePathState&>(view);
  const nvme_host::PathStatus& status = known->status;
  const auto number = [](uint64_t value) { return static_cast<int64_t>(value & INT64_MAX); };
  shown.set_state(state_of(status));
  shown.set_state_reason(status.state == nvme_host::PathState::Live ? "" : status.why);
  const uint64_t now_ns = table_.world().cores.control.clock().now_ns();
  shown.set_state_age_ms(number((now_ns - std::min(now_ns, status.since_ns)) / ns_per_ms));
  if (const nvme_host::PathController* const controller = remote->controller_of(intent.id)) {
    shown.set_cntlid(controller->cntlid);
    shown.set_io_queue_count(static_cast<int32_t>(controller->io_queue_count));
  }
  shown.set_is_secure(status.is_secure);
  shown.set_is_authenticated(status.is_authenticated);
  shown.set_connects(number(status.connects));
  shown.set_connect_failures(number(status.connect_failures));
  shown.set_losses(number(status.losses));
  shown.set_commands(number(known->commands));
  shown.set_in_flight(number(known->in_flight));
  shown.set_read_bytes(number(known->read_bytes));
  shown.set_written_bytes(number(known->written_bytes));
  shown.set_errors(number(known->errors));
  shown.set_retries(number(known->retries));
  shown.set_latency_ns(number(known->latency_ns));
  shown.set_mean_latency_ns(number(known->mean_latency_ns));
}

Result<model::VolumeCounters> NvmePathHooks::stats(const model::Intent& intent) {
  const Remote* const remote = table_.find(controller_id_of(intent.name));
  const auto known = remote == nullptr ? std::nullopt : remote->statistics_of(intent.id);
  if (!known.has_value()) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return model::VolumeCounters{.read_bytes = known->read_bytes,
                               .read_operations = known->reads,
                               .read_latency_ns = known->read_latency_ns,
                               .write_bytes = known->written_bytes,
                               .write_operations = known->writes,
                               .write_latency_ns = known->write_latency_ns};
}

// -- namespaces

core::Job<Result<void>> RemoteNamespaceHooks::realise(model::Intent intent) {
  const auto& wanted = intent.as<opi::NvmeRemoteNamespace>();
  Remote* const remote = table_.find(controller_id_of(intent.name));
  if (remote == nullptr) {
    co_return fail(Code::Unavailable, "{}: its controller is not ready", intent.name);
  }
  nvme_host::RemoteNamespace* const device = remote->find(wanted);
  if (device == nullptr) {
    co_return fail(Code::Unavailable, "{}",
                   remote->live_count() == 0 ? "no path to it is live" : "the target does not show it any more");
  }
  if (remote->may_log()) {
    log::info("apply", "volumes/{}: remote namespace of {} blocks of {} bytes{}", intent.id, device->block_count(),
              device->fixed_geometry().block_size, remote->left_out_note());
  }
  table_.world().volumes.add(
      intent.id, {.name = "volumes/" + intent.id, .kind = "nvme", .uuid = wanted.uuid(), .device = borrowed(*device)});
  co_return Result<void>{};
}

core::Job<Result<void>> RemoteNamespaceHooks::withdraw(model::Intent intent) {
  Remote* const remote = table_.find(controller_id_of(intent.name));
  if (remote != nullptr && remote->may_log()) {
    log::info("apply", "volumes/{}: gone{}", intent.id, remote->left_out_note());
  }
  table_.world().volumes.remove(intent.id);
  co_return Result<void>{};
}

void RemoteNamespaceHooks::describe(const model::Intent& intent, model::Message& view) {
  const Remote* const remote = table_.find(controller_id_of(intent.name));
  const Volume* const volume = table_.world().volumes.find(intent.id);
  if (remote == nullptr || volume == nullptr) {
    return;
  }
  const auto& device = static_cast<const nvme_host::RemoteNamespace&>(*volume->device);
  const std::string trouble = trouble_of(*remote, device);
  if (view.GetDescriptor() == v1::Volume::descriptor()) {
    auto& shown = static_cast<v1::Volume&>(view);
    fill_size(device, shown);
    if (!trouble.empty()) {
      shown.set_state(v1::Volume::OFFLINE);
      shown.set_state_reason(trouble);
    }
  } else if (view.GetDescriptor() == v1::NvmeRemoteNamespaceState::descriptor()) {
    auto& shown = static_cast<v1::NvmeRemoteNamespaceState&>(view);
    fill_size(device, shown);
    if (!trouble.empty()) {
      shown.set_state(v1::NvmeRemoteState::OFFLINE);
      shown.set_state_reason(trouble);
    }
    const std::string begin = fmt::format("nvmeRemoteControllers/{}/nvmePaths/", controller_id_of(intent.name));
    for (const auto& [path_id, ana] : remote->reach_of(device)) {
      auto& reach = *shown.add_reach();
      reach.set_path(begin + path_id);
      reach.set_ana(static_cast<v1::NvmeRemoteNamespaceState::Reach::Ana>(ana));
    }
  }
}

Result<model::VolumeCounters> RemoteNamespaceHooks::stats(const model::Intent& intent) {
  const Volume* const volume = table_.world().volumes.find(intent.id);
  if (volume == nullptr) {
    return fail(Code::Unavailable, "{} is not ready", intent.name);
  }
  return volume_counters(volume->device->counter_sums());
}

}  // namespace outrigger::apply
