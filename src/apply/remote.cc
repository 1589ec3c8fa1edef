#include "apply/remote.h"

#include "apply/counters.h"
#include "base/log.h"
#include "model/limits.h"
#include "model/nvme_address.h"

#include <algorithm>
#include <limits>
#include <set>

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;
using nvme_host::PathState;

static_assert(model::nvme_paths_max < nvme_host::paths_max, "a path that is replaced is there twice for a while");

namespace {

constexpr uint64_t ns_per_ms = 1'000'000;
// How often a job looks whether its turn has come, or its path is live.
constexpr uint64_t look_ns = 5 * ns_per_ms;
constexpr uint32_t connect_timeout_ms_default = 5'000;
constexpr uint32_t keep_alive_ms_default = 5'000;
constexpr uint32_t reconnect_delay_ms_default = 1'000;
constexpr uint32_t answer_timeout_ms_default = 30'000;

uint32_t or_default(int32_t ms, uint32_t otherwise) noexcept { return ms == 0 ? otherwise : static_cast<uint32_t>(ms); }

nvme_host::PathSelection selection_of(v1::NvmeRemoteControllerOptions::Selector selector) noexcept {
  switch (selector) {
    case v1::NvmeRemoteControllerOptions::ACTIVE_PASSIVE: return nvme_host::PathSelection::ActivePassive;
    case v1::NvmeRemoteControllerOptions::QUEUE_DEPTH: return nvme_host::PathSelection::QueueDepth;
    case v1::NvmeRemoteControllerOptions::LATENCY: return nvme_host::PathSelection::Latency;
    default: return nvme_host::PathSelection::RoundRobin;
  }
}

nvme_host::Multipath multipath_of(opi::NvmeMultipath multipath) noexcept {
  switch (multipath) {
    case opi::NVME_MULTIPATH_DISABLE: return nvme_host::Multipath::Disable;
    case opi::NVME_MULTIPATH_FAILOVER: return nvme_host::Multipath::Failover;
    default: return nvme_host::Multipath::Multipath;
  }
}

}  // namespace

nvme_host::RemoteOptions RemoteSpec::plane_options(const std::string& id) const {
  nvme_host::RemoteOptions made;
  made.name = id;
  made.multipath = multipath_of(controller.multipath());
  made.selection = selection_of(options.selector());
  made.fast_io_fail_ms = options.fast_io_fail_ms() == 0 ? -1 : options.fast_io_fail_ms();
  // The API's 0 is "as the server thinks best", and -1 "at once"; the plane's are the other way round.
  made.write_retry_hold_ms = options.write_retry_hold_ms() == 0  ? -1
                             : options.write_retry_hold_ms() < 0 ? 0
                                                                 : options.write_retry_hold_ms();
  return made;
}

Result<nvme_host::PathOptions> RemoteSpec::path_options(std::string name, const opi::NvmePath& path,
                                                        const HostIdentity& identity) const {
  nvme_host::PathOptions made;
  const opi::FabricsPath& fabrics = path.fabrics();
  made.name = std::move(name);
  made.traddr = path.traddr();
  made.trsvcid = std::to_string(fabrics.trsvcid());
  made.source_traddr = fabrics.source_traddr();
  made.source_trsvcid = fabrics.source_trsvcid() == 0 ? "" : std::to_string(fabrics.source_trsvcid());
  made.subnqn = fabrics.subnqn();
  made.hostnqn = fabrics.hostnqn().empty() ? identity.nqn : fabrics.hostnqn();
  made.hostid = identity.id_of(made.hostnqn);
  if (controller.queue_size() != 0) {
    made.queue_entries = static_cast<uint32_t>(controller.queue_size());
  }
  made.io_queue_count = static_cast<uint32_t>(controller.io_queues_count());
  made.has_header_digest = controller.tcp().hdgst();
  made.has_data_digest = controller.tcp().ddgst();
  made.connect_timeout_ms = or_default(options.connect_timeout_ms(), connect_timeout_ms_default);
  made.keep_alive_ms = or_default(options.keep_alive_ms(), keep_alive_ms_default);
  made.answer_timeout_ms = or_default(options.answer_timeout_ms(), answer_timeout_ms_default);
  made.reconnect_delay_ms = or_default(options.reconnect_delay_ms(), reconnect_delay_ms_default);
  made.reconnect_delay_max_ms = std::max(made.reconnect_delay_max_ms, made.reconnect_delay_ms);
  made.controller_loss_ms = options.controller_loss_ms() == 0 ? -1 : options.controller_loss_ms();
  OR_ASSIGN(made.security, path_security(controller, options, {.hostnqn = made.hostnqn, .subnqn = made.subnqn}));
  return made;
}

bool RemoteSpec::has_other_connections(const RemoteSpec& other) const {
  const auto& a = controller;
  const auto& b = other.controller;
  return a.tcp().hdgst() != b.tcp().hdgst() || a.tcp().ddgst() != b.tcp().ddgst() ||
         a.io_queues_count() != b.io_queues_count() || a.queue_size() != b.queue_size() ||
         options.connect_timeout_ms() != other.options.connect_timeout_ms() ||
         options.keep_alive_ms() != other.options.keep_alive_ms() ||
         options.reconnect_delay_ms() != other.options.reconnect_delay_ms() ||
         options.controller_loss_ms() != other.options.controller_loss_ms() ||
         options.answer_timeout_ms() != other.options.answer_timeout_ms() ||
         has_other_keys(controller, options, other.controller, other.options);
}

Remote::Remote(RemoteWorld& world, std::string id, RemoteSpec spec)
    : world_(world),
      id_(std::move(id)),
      spec_(std::move(spec)),
      plane_(world.cores.control, world.cores.data, spec_.plane_options(id_), *this, world.make_path) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept {
    auto* const self = static_cast<Remote*>(timer.owner);
    core::spawn(look_after(self));
  };
}

Remote::~Remote() {
  check(is_closing_ && !is_busy_, "a remote controller is closed before it is destroyed");
  if (timer_.is_armed()) {
    world_.cores.control.cancel(timer_);
  }
}

// -- turns

core::Job<void> Remote::enter() {
  while (is_busy_) {
    co_await core::sleep_for(world_.cores.control, look_ns);
  }
  is_busy_ = true;
}

void Remote::leave() {
  check(is_busy_, "who leaves has entered");
  is_busy_ = false;
}

// -- paths

std::string Remote::fresh_name(std::string_view path_id) {
  ++generation_;
  return generation_ == 1 ? fmt::format("{}/{}", id_, path_id) : fmt::format("{}/{}#{}", id_, path_id, generation_);
}

std::optional<nvme_host::PathStatistics> Remote::statistics(std::string_view plane_name) const {
  for (nvme_host::PathStatistics& each : plane_.path_statistics()) {
    if (each.name == plane_name) {
      return std::move(each);
    }
  }
  return std::nullopt;
}

std::optional<nvme_host::PathStatistics> Remote::statistics_of(std::string_view path_id) const {
  const auto found = paths_.find(path_id);
  auto now = found == paths_.end() ? std::nullopt : statistics(found->second.plane_name);
  if (now.has_value()) {
    now->add_earlier(found->second.earlier);
  }
  return now;
}

const nvme_host::PathController* Remote::controller_of(std::string_view path_id) const noexcept {
  const auto found = paths_.find(path_id);
  return found == paths_.end() ? nullptr : plane_.live_controller(found->second.plane_name);
}

std::vector<std::string> Remote::path_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : paths_) {
    ids.push_back(id);
  }
  return ids;
}

size_t Remote::live_count() const {
  return static_cast<size_t>(std::ranges::count_if(
      paths_, [this](const auto& entry) { return plane_.live_controller(entry.second.plane_name) != nullptr; }));
}

std::string Remote::hostnqn() const {
  const std::string chosen = paths_.empty() ? "" : paths_.begin()->second.wanted.fabrics().hostnqn();
  return chosen.empty() ? world_.identity.nqn : chosen;
}

Result<void> Remote::begin_path(const std::string& plane_name, const Path& path, const std::string& predecessor) {
  OR_ASSIGN(nvme_host::PathOptions options, spec_.path_options(plane_name, path, world_.identity));
  options.pace = world_.pace;
  return plane_.add_path(std::move(options), predecessor);
}

// How the first try went; nullopt: nobody knows yet.
std::optional<Result<void>> Remote::first_try_of(const std::string& plane_name) const {
  const auto known = statistics(plane_name);
  check(known.has_value(), "a path that is awaited is there");
  const nvme_host::PathStatus& status = known->status;
  if (status.state == PathState::Live) {
    return Result<void>{};
  }
  if (status.connect_failures > 0 || status.losses > 0 || status.state == PathState::Failed) {
    return fail(status.is_refused ? Code::FailedPrecondition : Code::Unavailable, "{}{}", status.why,
                status.stage.empty() ? "" : fmt::format(" (while {})", status.stage));
  }
  if (is_ending()) {
    return fail(Code::Unavailable, "{}", world_.is_stopping ? "outriggerd is stopping" : "its remote controller goes");
  }
  return std::nullopt;
}

// Ends as soon as it is known how the first try went. What makes no progress the path itself ends, step by step, after
// connect_timeout_ms each (a controller says itself how long it takes to be enabled); all steps together have longer.
core::Job<Result<void>> Remote::await_live(std::string id, std::string plane_name) {
  const core::Clock& clock = world_.cores.control.clock();
  const uint64_t step_ns = or_default(spec_.options.connect_timeout_ms(), connect_timeout_ms_default) * ns_per_ms;
  const uint64_t patience_ns = std::max(step_ns, remote_connect_ns_max);
  const uint64_t deadline_ns = clock.now_ns() + patience_ns;
  while (true) {
    const std::string& awaited = plane_name.empty() ? paths_.find(id)->second.plane_name : plane_name;
    if (const auto known = first_try_of(awaited)) {
      co_return *known;
    }
    if (clock.now_ns() >= deadline_ns) {
      const std::string_view stage = statistics(awaited)->status.stage;
      co_return fail(Code::Unavailable, "no connection within {} s: it is still {}", patience_ns / (1000 * ns_per_ms),
                     stage.empty() ? "connecting" : stage);
    }
    co_await core::sleep_for(world_.cores.control, look_ns);
  }
}

size_t Remote::awaited_count() const {
  return static_cast<size_t>(std::ranges::count_if(paths_, [](const auto& entry) { return entry.second.is_awaited; }));
}

core::Job<Result<void>> Remote::add_path(std::string id, Path path, bool waits) {
  core::Job<void> entering = enter();
  co_await entering;
  const std::string name = fresh_name(id);
  Result<void> made = begin_path(name, path);
  const std::string address = model::nvme_path_address(path);
  if (made.has_value()) {
    paths_.insert_or_assign(id, PathEntry{.wanted = std::move(path), .plane_name = name, .is_awaited = waits});
  }
  leave();
  if (!made.has_value() || !waits) {
    co_return made;
  }
  core::Job<Result<void>> awaiting = await_live(id, "");
  Result<void> awaited = co_await awaiting;
  core::Job<void> returning = enter();
  co_await returning;
  core::Job<Result<void>> ending = end_adding(id, std::move(awaited));
  made = co_await ending;
  leave();
  if (!made.has_value()) {
    made = with_context(std::move(made).error(), fmt::format("no path to {}", address));
  }
  co_return made;
}

// What was live once stays, as every path that is lost: its namespaces may be in use.
core::Job<Result<void>> Remote::end_adding(std::string id, Result<void> awaited) {
  PathEntry& entry = paths_.find(id)->second;
  if (!awaited.has_value() && statistics_of(id)->status.connects == 0) {
    core::Job<Result<void>> removing = plane_.remove_path(entry.plane_name);
    const Result<void> removed = co_await removing;
    check(removed.has_value(), "a path that was added is removed");
    paths_.erase(id);
    co_return awaited;
  }
  core::Job<bool> reconciling = reconcile();
  if (const bool is_settled = co_await reconciling; !is_settled) {
    look_again();
  }
  entry.is_awaited = false;
  co_return Result<void>{};
}

core::Job<Result<void>> Remote::remove_path(std::string id) {
  core::Job<void> entering = enter();
  co_await entering;
  const auto found = paths_.find(id);
  check(found != paths_.end(), "a path that is removed was added");
  Result<void> gone = check_not_needed(id);
  if (!gone.has_value()) {
    leave();
    co_return gone;
  }
  const auto may_never_come_up = [this](const auto& entry) {
    return entry.second.is_awaited && plane_.live_controller(entry.second.plane_name) == nullptr;
  };
  if (paths_.size() - static_cast<size_t>(std::ranges::count_if(paths_, may_never_come_up)) == 1) {
    core::Job<Result<void>> losing = lose_all();
    gone = co_await losing;
  }
  if (gone.has_value()) {
    core::Job<Result<void>> removing = plane_.remove_path(found->second.plane_name);
    gone = co_await removing;
    paths_.erase(found);
  }
  core::Job<bool> reconciling = reconcile();
  if (const bool is_settled = co_await reconciling; !is_settled) {
    look_again();
  }
  leave();
  co_return gone;
}

// A live path is replaced by a new one that is live; one that is not has nothing to lose.
core::Job<Result<void>> Remote::replace_path(std::string id, bool must_be_live) {
  PathEntry& entry = paths_.find(id)->second;
  const bool was_live = must_be_live && plane_.live_controller(entry.plane_name) != nullptr;
  const std::string fresh = fresh_name(id);
  Result<void> made = begin_path(fresh, entry.wanted, entry.plane_name);
  if (made.has_value() && was_live) {
    core::Job<Result<void>> awaiting = await_live(id, fresh);
    made = co_await awaiting;
    if (!made.has_value()) {
      core::Job<Result<void>> removing = plane_.remove_path(fresh);
      const Result<void> removed = co_await removing;
      check(removed.has_value(), "a path that was added is removed");
      made = with_context(std::move(made).error(),
                          fmt::format("no connection to {} of the new kind", model::nvme_path_address(entry.wanted)));
    }
  }
  if (made.has_value()) {
    const std::string old = std::exchange(entry.plane_name, fresh);
    if (const auto done = statistics(old)) {
      entry.earlier.add_earlier(*done);
    }
    core::Job<Result<void>> removing = plane_.remove_path(old);
    made = co_await removing;
  }
  co_return made;
}

core::Job<Result<void>> Remote::replace_paths() {
  const std::vector<std::string> ids = path_ids();
  for (const std::string& id : ids) {
    core::Job<Result<void>> replacing = replace_path(id, true);
    Result<void> replaced = co_await replacing;
    if (!replaced.has_value()) {
      co_return replaced;
    }
  }
  co_return Result<void>{};
}

// Old and new connection are two paths for a moment, which multipathing must allow.
void Remote::allow_two_at_a_time(const RemoteSpec& spec) {
  nvme_host::RemoteOptions meanwhile = spec.plane_options(id_);
  meanwhile.multipath =
      meanwhile.multipath == nvme_host::Multipath::Disable ? nvme_host::Multipath::Failover : meanwhile.multipath;
  plane_.change(meanwhile);
}

void Remote::reset() {
  is_reset_wanted_ = true;
  look_in(0);
}

core::Job<void> Remote::reset_paths() {
  is_reset_wanted_ = false;
  allow_two_at_a_time(spec_);
  for (const std::string& id : path_ids()) {
    core::Job<Result<void>> replacing = replace_path(id, true);
    const Result<void> replaced = co_await replacing;
    if (!replaced.has_value() && !is_closing_) {
      log::warning("apply", "nvmeRemoteControllers/{}/nvmePaths/{}: reset without another connection: {}", id_, id,
                   replaced.error().what);
      core::Job<Result<void>> forcing = replace_path(id, false);
      if (const Result<void> forced = co_await forcing; !forced.has_value()) {
        log::warning("apply", "nvmeRemoteControllers/{}/nvmePaths/{}: not reset: {}", id_, id, forced.error().what);
      }
    }
  }
  plane_.change(spec_.plane_options(id_));
}

core::Job<Result<void>> Remote::change(RemoteSpec spec) {
  core::Job<void> entering = enter();
  co_await entering;
  RemoteSpec before = std::exchange(spec_, std::move(spec));
  Result<void> changed;
  if (spec_.has_other_connections(before)) {
    allow_two_at_a_time(before);
    core::Job<Result<void>> replacing = replace_paths();
    changed = co_await replacing;
    if (!changed.has_value()) {
      std::swap(spec_, before);
      core::Job<Result<void>> returning = replace_paths();
      if (const Result<void> returned = co_await returning; !returned.has_value()) {
        log::warning("apply", "nvmeRemoteControllers/{}: a refused change could not be taken back on every path: {}",
                     id_, returned.error().what);
      }
    }
  }
  plane_.change(spec_.plane_options(id_));
  leave();
  co_return changed;
}

core::Job<void> Remote::close() {
  is_closing_ = true;
  if (timer_.is_armed()) {
    world_.cores.control.cancel(timer_);
  }
  while (awaited_count() > 0) {
    co_await core::sleep_for(world_.cores.control, look_ns);
  }
  core::Job<void> entering = enter();
  co_await entering;
  core::Job<void> stopping = plane_.stop();
  co_await stopping;
  paths_.clear();
  leave();
}

model::VolumeCounters Remote::counters() const {
  model::VolumeCounters all = retained_;
  for (const nvme_host::RemoteNamespace* device : plane_.namespaces()) {
    all = sum(all, volume_counters(device->counter_sums()));
  }
  return all;
}

}  // namespace outrigger::apply
