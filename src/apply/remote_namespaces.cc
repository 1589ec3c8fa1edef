// The care for the resources of a remote controller's namespaces.
#include "apply/counters.h"
#include "apply/remote.h"
#include "base/log.h"

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

// The resource has a UUID that was chosen for it where the target gives none.
bool is_same(const opi::NvmeRemoteNamespace& stored, const RemoteNamespace& device) {
  const nvme_host::NamespaceIdentity& identity = device.identity();
  const bool has_uuid = !is_zero(identity.uuid);
  return hex(identity.nguid) == stored.nguid() && number_of(identity.eui64) == stored.eui64() &&
         (!has_uuid || uuid_text(identity.uuid) == stored.uuid()) &&
         (!identity.is_none() || static_cast<int32_t>(device.nsid()) == stored.nsid());
}

RemoteNamespace* Remote::find(const Namespace& wanted) const {
  for (RemoteNamespace* device : plane_.namespaces()) {
    if (device->is_present() && is_same(wanted, *device)) {
      return device;
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
  static_cast<void>(added);
  look_in(0);
}

void Remote::namespace_removed(RemoteNamespace& removed) {
  log::warning("apply", "nvmeRemoteControllers/{}: namespace {} has vanished", id_, removed.nsid());
  look_in(0);
}

void Remote::look_again() { look_in(again_ns); }

void Remote::look_in(uint64_t ns) {
  const uint64_t deadline_ns = world_.cores.control.clock().now_ns() + ns;
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
    log::warning("apply", "{}: {}", key, error.what);
  }
}

// The key of the resource that is the device, or the one that it shall get.
std::string Remote::key_for(const Rows& rows, const RemoteNamespace& device) const {
  for (const auto& [key, message] : rows) {
    if (is_same(space_of(message), device)) {
      return key;
    }
  }
  return fmt::format("{0}/{0}n{1}", id_, device.nsid());
}

// One namespace that the target shows gets its resource. `key`: which.
core::Job<bool> Remote::reconcile_one(RemoteNamespace* device, std::string* key) {
  const Rows stored = rows();
  *key = key_for(stored, *device);
  const auto known = stored.find(*key);
  const Volume* const volume = world_.volumes.find(id_of(*key));
  const bool is_another = known != stored.end() && (!is_same(space_of(known->second), *device) ||
                                                    (volume != nullptr && volume->device.get() != device));
  if (is_another) {
    core::Job<Result<void>> losing = world_.rows->lost(*Namespace::descriptor(), *key);
    const Result<void> lost = co_await losing;
    if (!lost.has_value()) {
      complain(*key, Error{lost.error().code, "another namespace has its number now: " + lost.error().what});
      co_return lost.error().code == Code::FailedPrecondition;
    }
  }
  auto space = std::make_shared<Namespace>();
  fill_identity(*device, *space);
  core::Job<Result<void>> finding = world_.rows->found(*Namespace::descriptor(), *key, std::move(space));
  const Result<void> found = co_await finding;
  if (!found.has_value()) {
    complain(*key, found.error());
    co_return false;
  }
  complaints_.erase(*key);
  co_return true;
}

core::Job<bool> Remote::reconcile_shown(std::set<std::string>* shown) {
  bool is_settled = true;
  for (RemoteNamespace* device : plane_.namespaces()) {
    if (!device->is_present()) {
      continue;
    }
    std::string key;
    core::Job<bool> reconciling = reconcile_one(device, &key);
    const bool is_done = co_await reconciling;
    is_settled = is_settled && is_done;
    shown->insert(std::move(key));
  }
  co_return is_settled;
}

core::Job<bool> Remote::reconcile() {
  std::set<std::string> shown;
  core::Job<bool> reconciling = reconcile_shown(&shown);
  bool is_settled = co_await reconciling;
  // Without a live path nobody knows what the target would show.
  if (live_count() > 0) {
    core::Job<bool> losing = lose_rows(std::move(shown));
    const bool is_done = co_await losing;
    is_settled = is_settled && is_done;
  }
  release_vanished();
  co_return is_settled;
}

core::Job<bool> Remote::lose_rows(std::set<std::string> kept) {
  bool is_settled = true;
  for (const auto& [key, message] : rows()) {
    if (kept.contains(key)) {
      continue;
    }
    core::Job<Result<void>> losing = world_.rows->lost(*Namespace::descriptor(), key);
    const Result<void> lost = co_await losing;
    // What is in use stays, offline; when its user goes, the model tells us.
    is_settled = is_settled && (lost.has_value() || lost.error().code == Code::FailedPrecondition);
  }
  co_return is_settled;
}

core::Job<Result<void>> Remote::lose_all() {
  for (const auto& [key, message] : rows()) {
    core::Job<Result<void>> losing = world_.rows->lost(*Namespace::descriptor(), key);
    Result<void> lost = co_await losing;
    if (!lost.has_value()) {
      co_return lost;
    }
  }
  co_return Result<void>{};
}

void Remote::release_vanished() {
  const Rows stored = rows();
  for (RemoteNamespace* device : plane_.namespaces()) {
    const bool is_held = std::ranges::any_of(world_.volumes.all(),
                                             [device](const Volume* volume) { return volume->device.get() == device; });
    if (device->is_present() || is_held) {
      continue;
    }
    retained_ = sum(retained_, volume_counters(device->counter_sums()));
    const Result<void> released = plane_.release(*device);
    check(released.has_value(), "a vanished namespace that nobody holds is released");
  }
}

}  // namespace outrigger::apply
