// The care for the resources of a remote controller's namespaces.
#include "apply/counters.h"
#include "apply/remote.h"
#include "base/log.h"
#include "model/limits.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
using nvme_host::RemoteNamespace;

namespace {

constexpr uint64_t ns_per_ms = 1'000'000;
// After a round that left something to do.
constexpr uint64_t again_ns = 1'000 * ns_per_ms;

template <typename Bytes>
bool is_zero(const Bytes& bytes) noexcept {
  return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

template <typename Bytes>
std::string hex(const Bytes& bytes) {
  return is_zero(bytes) ? std::string() : fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string uuid_text(const std::array<uint8_t, 16>& bytes) {
  std::string text = hex(bytes);
  for (const size_t at : {20U, 16U, 12U, 8U}) {
    if (!text.empty()) {
      text.insert(at, "-");
    }
  }
  return text;
}

// Big-endian, as the specification writes it.
int64_t number_of(const std::array<uint8_t, 8>& bytes) noexcept {
  uint64_t number = 0;
  for (const uint8_t byte : bytes) {
    number = number << 8U | byte;
  }
  return static_cast<int64_t>(number);
}

// What a resource and the device that it means have in common. Where the target gives no UUID the resource has one that
// was chosen for it, so that it is looked for in both ways; where it gives no identifier at all, by the number.
std::string identity_with_uuid(const opi::NvmeRemoteNamespace& space) {
  return fmt::format("{}/{}/{}", space.uuid(), space.nguid(), space.eui64());
}
std::string identity_without_uuid(const opi::NvmeRemoteNamespace& space) {
  const bool is_none = space.nguid().empty() && space.eui64() == 0;
  return fmt::format("/{}/{}/{}", space.nguid(), space.eui64(), is_none ? space.nsid() : 0);
}
std::string identity_of(const RemoteNamespace& device) {
  opi::NvmeRemoteNamespace space;
  fill_identity(device, space);
  return space.uuid().empty() ? identity_without_uuid(space) : identity_with_uuid(space);
}

const opi::NvmeRemoteNamespace& space_of(const std::shared_ptr<const model::Message>& message) {
  return static_cast<const opi::NvmeRemoteNamespace&>(*message);
}

}  // namespace

void fill_identity(const RemoteNamespace& device, opi::NvmeRemoteNamespace& out) {
  out.set_nsid(static_cast<int32_t>(device.nsid()));
  out.set_uuid(uuid_text(device.identity().uuid));
  out.set_nguid(hex(device.identity().nguid));
  out.set_eui64(number_of(device.identity().eui64));
}

RemoteNamespace* Remote::find(const Namespace& wanted) const {
  for (const std::string& identity : {identity_with_uuid(wanted), identity_without_uuid(wanted)}) {
    const auto found = shown_.find(identity);
    if (found != shown_.end() && found->second->is_present()) {
      return found->second;
    }
  }
  return nullptr;
}

bool Remote::shows(uint32_t nsid) const {
  return std::ranges::any_of(plane_.namespaces(), [nsid](const RemoteNamespace* device) {
    return device->is_present() && device->nsid() == nsid;
  });
}

std::vector<Remote::Reach> Remote::reach_of(const RemoteNamespace& device) const {
  std::vector<Reach> all;
  for (const auto& [path, ana] : plane_.reach_of(device)) {
    for (const auto& [id, entry] : paths_) {
      if (entry.plane_name == path) {
        all.push_back({id, ana});
      }
    }
  }
  return all;
}

void Remote::namespace_added(RemoteNamespace& added) {
  shown_.insert_or_assign(identity_of(added), &added);
  look_in(0);
}

void Remote::namespace_removed(RemoteNamespace& removed) {
  if (const auto found = shown_.find(identity_of(removed)); found != shown_.end() && found->second == &removed) {
    shown_.erase(found);
  }
  if (may_log()) {
    log::warning("apply", "nvmeRemoteControllers/{}: namespace {} has vanished{}", id_, removed.nsid(),
                 left_out_note());
  }
  look_in(0);
}

void Remote::look_again() { look_in(again_ns); }

void Remote::look_in(uint64_t ns) {
  const uint64_t deadline_ns =
      std::max(world_.cores.control.clock().now_ns() + ns, round_ended_ns_ + remote_round_pause_ns);
  if (is_closing_ || (timer_.is_armed() && timer_.deadline_ns <= deadline_ns)) {
    return;
  }
  if (timer_.is_armed()) {
    world_.cores.control.cancel(timer_);
  }
  world_.cores.control.arm(timer_, deadline_ns);
}

core::Job<void> Remote::look_after(Remote* self) {
  if (self->is_busy_) {
    self->look_in(again_ns / 100);
    co_return;
  }
  core::Job<void> entering = self->enter();
  co_await entering;
  if (self->is_reset_wanted_) {
    core::Job<void> resetting = self->reset_paths();
    co_await resetting;
  }
  core::Job<bool> reconciling = self->reconcile();
  const bool is_settled = co_await reconciling;
  self->leave();
  if (!is_settled) {
    self->look_again();
  }
}

Remote::Rows Remote::rows() const { return world_.rows->found_below(*Namespace::descriptor(), id_); }

void Remote::complain(const std::string& key, const Error& error) {
  std::string& told = complaints_[key];
  if (told != error.what) {
    told = error.what;
    if (may_log()) {
      log::warning("apply", "{}: {}{}", key, error.what, left_out_note());
    }
  }
}

Remote::Round Remote::begin_round() const {
  Round round;
  round.rows = rows();
  for (const auto& [key, message] : round.rows) {
    round.keys.emplace(identity_with_uuid(space_of(message)), key);
    round.keys.emplace(identity_without_uuid(space_of(message)), key);
  }
  return round;
}

bool Remote::has_volume(const std::string& key, const RemoteNamespace& device) const {
  const Volume* const volume = world_.volumes.find(id_of(key));
  return volume != nullptr && volume->device.get() == &device;
}

// Another namespace has the number of a resource, or its own device is another one now: the resource goes, unless it is
// in use. False: it stays.
core::Job<bool> Remote::lose_another(std::string key, Round* round) {
  core::Job<Result<void>> losing = world_.rows->lost(*Namespace::descriptor(), key);
  const Result<void> lost = co_await losing;
  if (!lost.has_value()) {
    complain(key, Error{lost.error().code, "another namespace has its number now: " + lost.error().what});
    round->is_settled = round->is_settled && lost.error().code == Code::FailedPrecondition;
    co_return false;
  }
  if (const auto gone = round->rows.find(key); gone != round->rows.end()) {
    const Namespace& space = space_of(gone->second);
    std::erase_if(round->keys, [&](const auto& entry) {
      return entry.second == key &&
             (entry.first == identity_with_uuid(space) || entry.first == identity_without_uuid(space));
    });
    round->rows.erase(gone);
  }
  co_return true;
}

// One namespace that the target shows gets its resource.
core::Job<void> Remote::reconcile_one(RemoteNamespace* device, Round* round) {
  const auto same = round->keys.find(identity_of(*device));
  const bool is_known = same != round->keys.end();
  const std::string key = is_known ? same->second : fmt::format("{0}/{0}n{1}", id_, device->nsid());
  round->shown.insert(key);
  const Volume* const volume = world_.volumes.find(id_of(key));
  if (is_known && has_volume(key, *device)) {
    complaints_.erase(key);
    co_return;
  }
  const bool is_another = is_known ? volume != nullptr : round->rows.contains(key);
  if (is_another) {
    core::Job<bool> losing = lose_another(key, round);
    const bool is_lost = co_await losing;
    if (!is_lost) {
      co_return;
    }
  }
  auto space = std::make_shared<Namespace>();
  fill_identity(*device, *space);
  core::Job<Result<void>> finding = world_.rows->found(*Namespace::descriptor(), key, space, nullptr);
  const Result<void> found = co_await finding;
  if (!found.has_value()) {
    complain(key, found.error());
    round->is_settled = false;
    co_return;
  }
  complaints_.erase(key);
}

// Takes as many turns of the reactor as there are rows that come or go; what the target shows may change meanwhile.
core::Job<bool> Remote::reconcile() {
  Round round = begin_round();
  for (RemoteNamespace* device : plane_.namespaces()) {
    if (device->is_present() && !is_ending()) {
      core::Job<void> reconciling = reconcile_one(device, &round);
      co_await reconciling;
    }
  }
  core::Job<void> losing = lose_rows(&round);
  co_await losing;
  core::Job<void> releasing = release_vanished();
  co_await releasing;
  std::erase_if(complaints_, [&round](const auto& told) { return !round.shown.contains(told.first); });
  round_ended_ns_ = world_.cores.control.clock().now_ns();
  co_return round.is_settled;
}

core::Job<void> Remote::lose_rows(Round* round) {
  for (const auto& [key, message] : round->rows) {
    // What came back meanwhile has its turn in the next round. Without a live path nobody knows what the target would
    // show.
    if (is_ending() || live_count() == 0 || round->shown.contains(key) || find(space_of(message)) != nullptr) {
      continue;
    }
    core::Job<Result<void>> losing = world_.rows->lost(*Namespace::descriptor(), key);
    const Result<void> lost = co_await losing;
    // What is in use stays, offline; when its user goes, the model tells us.
    round->is_settled = round->is_settled && (lost.has_value() || lost.error().code == Code::FailedPrecondition);
  }
}

core::Job<Result<void>> Remote::lose_all() {
  const Rows all = rows();
  for (const auto& [key, message] : all) {
    core::Job<Result<void>> losing = world_.rows->lost(*Namespace::descriptor(), key);
    Result<void> lost = co_await losing;
    if (!lost.has_value()) {
      co_return lost;
    }
  }
  co_return Result<void>{};
}

// Is this path the last that reaches the device? One over which the target does not serve it at present (ANA) is no
// substitute for one over which it does.
bool Remote::is_last_way(const RemoteNamespace& device, const std::string& path_id) const {
  const auto is_usable = [](nvme_host::PathAnaState ana) {
    return ana == nvme_host::PathAnaState::Optimized || ana == nvme_host::PathAnaState::NonOptimized;
  };
  const std::vector<Reach> reach = reach_of(device);
  const auto own = std::ranges::find(reach, path_id, &Reach::path_id);
  return own != reach.end() && std::ranges::none_of(reach, [&](const Reach& other) {
           return other.path_id != path_id && (is_usable(other.ana) || !is_usable(own->ana));
         });
}

// Paths that are configured and not live are no reason to let the last live one go: what stands on its namespaces would
// wait, perhaps for ever.
Result<void> Remote::check_not_needed(const std::string& path_id) const {
  for (const auto& [key, message] : rows()) {
    std::vector<std::string> users = world_.rows->users_of(*Namespace::descriptor(), key);
    const Volume* const volume = users.empty() ? nullptr : world_.volumes.find(id_of(key));
    if (volume == nullptr || !is_last_way(static_cast<const RemoteNamespace&>(*volume->device), path_id)) {
      continue;
    }
    const size_t count = users.size();
    users.resize(std::min(count, model::users_named_max));
    return fail(Code::FailedPrecondition,
                "nvmeRemoteControllers/{}/nvmePaths/{} is the last live path to volumes/{}, which is in use by {}: "
                "delete {} first, or have another path live",
                id_, path_id, id_of(key), fmt::join(users, ", "), count == 1 ? "it" : "them");
  }
  return {};
}

std::vector<RemoteNamespace*> Remote::some_vanished() const {
  std::set<const block::Device*> held;
  std::vector<RemoteNamespace*> some;
  for (RemoteNamespace* device : plane_.namespaces()) {
    if (device->is_present() || some.size() == remote_releases_per_turn_max) {
      continue;
    }
    if (held.empty()) {
      for (const Volume* volume : world_.volumes.all()) {
        held.insert(volume->device.get());
      }
    }
    if (!held.contains(device)) {
      some.push_back(device);
    }
  }
  return some;
}

core::Job<void> Remote::release_vanished() {
  constexpr uint64_t turn_ns = ns_per_ms;
  while (true) {
    const std::vector<RemoteNamespace*> some = some_vanished();
    for (RemoteNamespace* device : some) {
      retained_ = sum(retained_, volume_counters(device->counter_sums()));
      const Result<void> released = plane_.release(*device);
      check(released.has_value(), "a vanished namespace that nobody holds is released");
    }
    if (some.size() < remote_releases_per_turn_max) {
      break;
    }
    co_await core::sleep_for(world_.cores.control, turn_ns);
  }
  plane_.join_left_out();  // what is added is for the next round
}

}  // namespace outrigger::apply
