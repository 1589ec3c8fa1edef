#include "apply/nvme_table.h"

#include "apply/counters.h"
#include "base/check.h"
#include "base/log.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace outrigger::apply {

model::VolumeCounters NvmeSubsystem::counters() const {
  model::VolumeCounters all = retained;
  for (const auto& [name, space] : namespaces) {
    all = sum(all, volume_counters(space.limits->counter_sums()));
  }
  return all;
}

namespace {

// Several subsystems settle: in the frame of the job that waits for all of them.
struct Settlement {
  size_t left = 1;  // the job's own, until all have begun
  Result<void> result;
  core::Event<std::monostate> ended;
};

// Whoever closes a subsystem waits for its settle().
core::Job<void> settle_one(nvme::Subsystem* plane, uint64_t since, Settlement* settlement) {
  auto settling = plane->settle(since);
  Result<void> settled = co_await settling;
  if (!settled.has_value() && settlement->result.has_value()) {
    settlement->result = std::move(settled);
  }
  if (--settlement->left == 0) {
    settlement->ended.set({});
  }
}

}  // namespace

std::string_view subsystem_id_of(std::string_view name) noexcept {
  const size_t begin = name.find('/');
  check(begin != std::string_view::npos, "the model gives whole names");
  name.remove_prefix(begin + 1);
  return name.substr(0, name.find('/'));
}

NvmeTable::~NvmeTable() {
  check(subsystems_.empty() && places_.empty(), "all NVMe subsystems are closed before their table is destroyed");
}

NvmeSubsystem* NvmeTable::find(std::string_view id) noexcept {
  const auto found = subsystems_.find(id);
  return found == subsystems_.end() ? nullptr : &found->second;
}

void NvmeTable::add(std::string id, NvmeSubsystem subsystem) {
  const bool is_new = subsystems_.emplace(std::move(id), std::move(subsystem)).second;
  check(is_new, "the model keeps subsystem ids unique");
}

void NvmeTable::hold_restored(core::Reactor& control, const model::FoundRows& rows) {
  holds_ = std::make_unique<NvmeHolds>(*this, control, rows);
}

void NvmeTable::remove(std::string_view id) {
  const auto found = subsystems_.find(id);
  check(found != subsystems_.end() && found->second.namespaces.empty() && found->second.controllers.empty(),
        "what belongs to a subsystem is withdrawn before it");
  if (holds_ != nullptr) {
    holds_->forget(id);
  }
  subsystems_.erase(found);
}

void NvmeTable::withdrawn(std::string name, NvmeKept kept) {
  withdrawn_.insert_or_assign(std::move(name), std::move(kept));
}

void NvmeTable::came_back(std::string_view name) {
  if (const auto found = withdrawn_.find(name); found != withdrawn_.end()) {
    withdrawn_.erase(found);
  }
}

void NvmeTable::deleted(std::string_view name) {
  const auto found = withdrawn_.find(name);
  if (found == withdrawn_.end()) {
    return;
  }
  const NvmeKept& kept = found->second;
  if (kept.health != nullptr) {
    if (const Result<void> removed = kept.health->remove(); !removed.has_value()) {
      log::warning("apply", "{}: what SMART told of it stays behind: {}", name, removed.error().what);
    }
  }
  if (kept.reservation_of.has_value()) {
    if (const Result<void> forgotten = plane_.forget_reservation(*kept.reservation_of); !forgotten.has_value()) {
      log::error("apply",
                 "{}: what is kept of its reservation stays behind, and a namespace with its UUID would have it again: "
                 "{}",
                 name, forgotten.error().what);
    }
  }
  withdrawn_.erase(found);
}

std::vector<const NvmeNamespace*> NvmeTable::namespaces() const {
  std::vector<const NvmeNamespace*> all;
  for (const auto& [id, subsystem] : subsystems_) {
    for (const auto& [name, space] : subsystem.namespaces) {
      all.push_back(&space);
    }
  }
  return all;
}

Result<uint16_t> NvmeTable::free_port_id() const {
  std::set<uint16_t> taken;
  for (const auto& [address, place] : places_) {
    taken.insert(place.listener->port().id);
  }
  uint16_t lowest = 1;
  while (taken.contains(lowest) && lowest != UINT16_MAX) {
    ++lowest;
  }
  if (taken.contains(lowest)) {
    return fail(Code::ResourceExhausted, "all identifiers of ports are in use");
  }
  return lowest;
}

Result<const nvme::Port*> NvmeTable::take_port(const std::string& address, nvme::Port port) {
  if (const auto found = places_.find(address); found != places_.end()) {
    if (found->second.user_count == 0) {
      return fail(Code::Aborted, "{} is being closed: try again when that is finished", address);
    }
    ++found->second.user_count;
    return &found->second.listener->port();
  }
  OR_ASSIGN(port.id, free_port_id());
  OR_ASSIGN(std::unique_ptr<NvmeListener> listener, plane_.listen(std::move(port)));
  Place& place = places_[address];
  place.listener = std::move(listener);
  place.user_count = 1;
  return &place.listener->port();
}

const nvme::Port* NvmeTable::port_at(std::string_view address) const noexcept {
  const auto found = places_.find(address);
  return found == places_.end() ? nullptr : &found->second.listener->port();
}

void NvmeTable::require_tls(std::string_view address, const std::string& user, bool is_required) {
  const auto found = places_.find(address);
  check(found != places_.end(), "a port is open while it is used");
  Place& place = found->second;
  if (is_required) {
    place.requires_tls.insert(user);
  } else {
    place.requires_tls.erase(user);
  }
  const bool is_required_now = !place.requires_tls.empty();
  if (place.listener->port().requires_tls == is_required_now) {
    return;
  }
  place.listener->require_tls(is_required_now);
  for (auto& [id, subsystem] : subsystems_) {
    subsystem.plane->port_changed(place.listener->port());
  }
  log::info("apply", "{}: connections in the clear are {}", address, is_required_now ? "turned away" : "taken");
}

NvmeTable::Withdrawals NvmeTable::withdrawals_at(std::string_view address) const {
  Withdrawals withdrawals;
  for (const auto& [id, subsystem] : subsystems_) {
    const auto& controllers = subsystem.controllers;
    if (std::ranges::any_of(controllers, [address](const auto& entry) { return entry.second == address; })) {
      withdrawals.emplace_back(id, subsystem.plane->withdrawal_count());
    }
  }
  return withdrawals;
}

core::Job<Result<void>> NvmeTable::settle(Withdrawals since) {
  Settlement settlement;
  for (const auto& [id, count] : since) {
    // One may have been deleted: nothing of it is at work then.
    if (NvmeSubsystem* const subsystem = find(id); subsystem != nullptr) {
      ++settlement.left;
      core::spawn(settle_one(subsystem->plane.get(), count, &settlement));
    }
  }
  if (--settlement.left != 0) {
    core::Event<std::monostate>& ended = settlement.ended;
    co_await ended;
  }
  co_return std::move(settlement.result);
}

core::Job<void> NvmeTable::give_back_port(std::string address, std::string user) {
  const auto found = places_.find(address);
  check(found != places_.end() && found->second.user_count > 0, "a port is given back by who took it");
  if (--found->second.user_count > 0) {
    require_tls(address, user, false);
    co_return;
  }
  auto closing = found->second.listener->close();
  co_await closing;
  places_.erase(address);
}

// No more hosts, then none of those there are, then what they used.
core::Job<void> NvmeTable::close_all() {
  holds_.reset();
  for (auto& [id, subsystem] : subsystems_) {
    for (const auto& [name, address] : subsystem.controllers) {
      subsystem.plane->withdraw_from(*port_at(address));
    }
  }
  for (auto& [address, place] : places_) {
    auto closing = place.listener->close();
    co_await closing;
  }
  for (auto& [id, subsystem] : subsystems_) {
    auto closing = subsystem.plane->close();
    co_await closing;
    subsystem.namespaces.clear();
    subsystem.controllers.clear();
  }
  subsystems_.clear();
  places_.clear();
}

}  // namespace outrigger::apply
