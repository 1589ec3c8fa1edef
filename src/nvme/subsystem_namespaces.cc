// The namespaces of a subsystem: how they come, go and change under hosts that are at work.
#include "base/check.h"
#include "base/log.h"
#include "core/job.h"
#include "nvme/limits.h"
#include "nvme/nvm_subsystem.h"
#include "nvme/reservation_store.h"

#include <algorithm>

namespace outrigger::nvme {
namespace {

template <size_t N>
bool is_zero(const std::array<uint8_t, N>& id) {
  return std::ranges::all_of(id, [](uint8_t byte) { return byte == 0; });
}

// What waits for something (a path to a target that is away) ends where a namespace is taken away from its host: nobody
// may have to wait for that, too, and the host may have another way.
Unsubmitted abandon_unsubmitted(const IoController&) { return Unsubmitted::AreAbandoned; }

}  // namespace

const NvmNamespace* NvmSubsystem::find_told(uint32_t nsid, std::string_view hostnqn) const {
  const auto found = namespaces_.find(nsid);
  const bool is_there = found != namespaces_.end() && found->second.is_told && found->second.is_visible_to(hostnqn);
  return is_there ? &found->second : nullptr;
}

// -- what hosts may do

Access NvmSubsystem::access_of(const NvmNamespace& nvm_namespace, const Controller& controller) const {
  if (!nvm_namespace.is_open || !nvm_namespace.is_visible_to(controller.hostnqn())) {
    return {};
  }
  const auto all = [](Status status) { return Access{.read = status, .write = status, .reservation = status}; };
  // Another path may do it, so that none of these is final.
  switch (ana_state(controller.port_id(), nvm_namespace.options.ana_group)) {
    case AnaState::Optimized:
    case AnaState::NonOptimized: break;
    case AnaState::Inaccessible: return all(Status::retryable(StatusCode::AnaInaccessible));
    case AnaState::PersistentLoss: return all(Status::retryable(StatusCode::AnaPersistentLoss));
    case AnaState::Change: return all(Status::retryable(StatusCode::AnaTransition));
  }
  // Write protection is a property of the device, which the queues know: a Flush goes through all the same.
  const Reservation::Verdict verdict = nvm_namespace.reservation.verdict(controller.hostid());
  const Status conflict = Status::final(StatusCode::ReservationConflict);
  return {.read = verdict.may_read ? Status() : conflict,
          .write = verdict.may_write ? Status() : conflict,
          .reservation = {}};
}

std::shared_ptr<const AccessTable> NvmSubsystem::access_table(const Controller& controller) const {
  auto table = std::make_shared<AccessTable>(options_.nsid_max);
  for (const auto& [nsid, nvm_namespace] : namespaces_) {
    table->set(nsid, access_of(nvm_namespace, controller));
  }
  return table;
}

void NvmSubsystem::add_orders(AccessOrders& orders, const std::optional<FencedNamespaces>& fenced,
                              const std::function<Unsubmitted(const IoController&)>& unsubmitted) {
  for (const auto& [cntlid, controller] : controllers_) {
    controller->add_orders(orders, access_table(*controller), fenced, unsubmitted(*controller));
  }
}

void NvmSubsystem::namespace_changed(uint32_t nsid, const std::function<bool(const Controller&)>& which) {
  for (const auto& controller : all_controllers()) {
    if (which(*controller)) {
      controller->namespace_changed(nsid);
    }
  }
}

std::vector<NvmSubsystem::Right> NvmSubsystem::rights(const std::function<bool(const NvmNamespace&)>& which) const {
  std::vector<Right> found;
  for (const auto& [nsid, nvm_namespace] : namespaces_) {
    if (!which(nvm_namespace)) {
      continue;
    }
    for (const auto& [cntlid, controller] : controllers_) {
      found.push_back({.cntlid = cntlid, .nsid = nsid, .access = access_of(nvm_namespace, *controller)});
    }
  }
  return found;
}

// Whoever could do nothing before, or may do as much as before, loses nothing: nobody waits for its commands.
NvmSubsystem::Losses NvmSubsystem::losses(const std::vector<Right>& before) const {
  std::map<uint16_t, std::shared_ptr<std::vector<bool>>> lost;
  for (const auto& [cntlid, nsid, had] : before) {
    const Access has = access_of(namespaces_.at(nsid), *controllers_.at(cntlid));
    const bool is_less =
        (had.read.is_success() && !has.read.is_success()) || (had.write.is_success() && !has.write.is_success());
    if (is_less) {
      std::shared_ptr<std::vector<bool>>& of_controller = lost[cntlid];
      if (of_controller == nullptr) {
        of_controller = std::make_shared<std::vector<bool>>(size_t{options_.nsid_max} + 1);
      }
      (*of_controller)[nsid] = true;
    }
  }
  Losses found;
  for (auto& [cntlid, nsids] : lost) {
    found.emplace(cntlid, FencedNamespaces(std::move(nsids)));
  }
  return found;
}

core::Job<void> NvmSubsystem::refresh(Change change, Which which) {
  const JobCount count(*this);
  const uint64_t withdrawal = change.fenced_nsid || !change.losses.empty() ? ++withdrawal_count_ : 0;
  if (withdrawal != 0) {
    fences_.insert(withdrawal);
  }
  // ANATT bounds how long another ANA state takes, but nothing how long what was let through before is at work: hosts
  // hear of it when it holds.
  if (change.is_ana_change) {
    AccessOrders tables(control());
    add_orders(tables, std::nullopt, [](const IoController&) { return Unsubmitted::GoOn; });
    co_await tables;
    for (const auto& controller : all_controllers()) {
      if (which(*controller)) {
        controller->raise(AsyncEvent::AnaChange);
      }
    }
  }
  if (withdrawal != 0 || !change.is_ana_change) {
    AccessOrders orders(control());
    for (const auto& [cntlid, controller] : controllers_) {
      std::optional<FencedNamespaces> fenced;
      if (const auto lost = change.losses.find(cntlid); lost != change.losses.end()) {
        fenced = lost->second;
      } else if (change.fenced_nsid && which(*controller)) {
        fenced = *change.fenced_nsid;
      }
      controller->add_orders(orders, access_table(*controller), fenced, Unsubmitted::AreAbandoned);
    }
    co_await orders;
  }
  if (withdrawal != 0) {
    fences_.erase(withdrawal);
    look_at_settlings();
  }
  if (change.nsid != 0) {
    for (const auto& controller : all_controllers()) {
      if (which(*controller)) {
        controller->namespace_changed(change.nsid);
      }
    }
  }
}

// -- coming and going

Result<uint32_t> NvmSubsystem::place_namespace(const NamespaceOptions& options) const {
  if (is_closing_) {
    return fail(Code::FailedPrecondition, "{}: it is being closed", options_.nqn);
  }
  if (is_zero(options.uuid)) {
    return fail(Code::InvalidArgument, "a namespace has a UUID");
  }
  if (options.ana_group == 0 || options.ana_group > ana_groups_max) {
    return fail(Code::InvalidArgument, "ANA groups are 1 to {}", ana_groups_max);
  }
  for (const auto& [nsid, other] : namespaces_) {
    if (other.options.uuid == options.uuid) {
      return fail(Code::AlreadyExists, "{}: namespace {} has this UUID", options_.nqn, nsid);
    }
  }
  if (options.nsid > options_.nsid_max) {
    return fail(Code::InvalidArgument, "{}: namespace identifiers go up to {}", options_.nqn, options_.nsid_max);
  }
  if (options.nsid != 0) {
    return namespaces_.contains(options.nsid)
               ? fail(Code::AlreadyExists, "{}: namespace {} is there already", options_.nqn, options.nsid)
               : Result<uint32_t>(options.nsid);
  }
  for (uint32_t nsid = 1; nsid <= options_.nsid_max; ++nsid) {
    if (!namespaces_.contains(nsid)) {
      return nsid;
    }
  }
  return fail(Code::ResourceExhausted, "{}: all {} namespace identifiers are in use", options_.nqn, options_.nsid_max);
}

core::Job<Result<uint32_t>> NvmSubsystem::add_namespace(NamespaceOptions options, block::Device& device) {
  const Result<uint32_t> placed = place_namespace(options);
  if (!placed) {
    co_return placed;
  }
  const JobCount count(*this);
  const uint32_t nsid = *placed;
  options.nsid = nsid;
  NvmNamespace& added = namespaces_[nsid];
  added.options = options;
  added.device = &device;
  if (const Result<void> restored = restore_reservation(added); !restored) {
    namespaces_.erase(nsid);
    co_return std::unexpected(restored.error());
  }
  if (!device.fixed_geometry().can_compare_and_write) {
    added.pair_lock = std::make_unique<PairLock>(nsid, cores_);
  }
  auto opening = open_on_cores(nsid, &device);
  const Result<void> opened = co_await opening;
  if (!opened) {
    namespaces_.erase(nsid);
    co_return std::unexpected(opened.error());
  }
  added.is_open = true;
  // First the queues let commands through, then hosts are told.
  AccessOrders orders(control());
  add_orders(orders, std::nullopt, abandon_unsubmitted);
  co_await orders;
  if (!is_told(device)) {
    device.subscribe(*this);
  }
  added.is_told = true;
  const auto sees = [&added](const Controller& controller) { return added.is_visible_to(controller.hostnqn()); };
  ana_changed(added.options.ana_group, sees);
  namespace_changed(nsid, sees);
  co_return nsid;
}

// On all data cores or none.
core::Job<Result<void>> NvmSubsystem::open_on_cores(uint32_t nsid, block::Device* device) {
  for (size_t i = 0; i < cores_.size(); ++i) {
    CoreNamespaces* const core = cores_[i].get();
    PairLock* const pair_lock = namespaces_.at(nsid).pair_lock.get();
    auto adding = core::run_on(control(), core->reactor(),
                               [core, nsid, device, pair_lock] { return core->add(nsid, *device, pair_lock); });
    const Result<void> added = co_await adding;
    if (!added) {
      auto closing = close_on_cores(nsid, i);
      co_await closing;
      co_return added;
    }
  }
  co_return Result<void>();
}

// On the first `core_count` cores; nothing is at work on it there.
core::Job<void> NvmSubsystem::close_on_cores(uint32_t nsid, size_t core_count) {
  for (size_t i = 0; i < core_count; ++i) {
    CoreNamespaces* const core = cores_[i].get();
    auto removing = core::run_on(control(), core->reactor(), [core, nsid] {
      core->remove(nsid);
      return std::monostate();
    });
    co_await removing;
  }
}

core::Job<Result<void>> NvmSubsystem::remove_namespace(uint32_t nsid) {
  const auto found = namespaces_.find(nsid);
  if (found == namespaces_.end()) {
    co_return fail(Code::NotFound, "{}: there is no namespace {}", options_.nqn, nsid);
  }
  if (!found->second.is_told) {
    co_return fail(Code::FailedPrecondition, "{}: namespace {} is coming or going", options_.nqn, nsid);
  }
  // What is kept of its reservation stays: whether it is gone for good is its owner's to know (reservation_store.h).
  auto removing = remove_told(nsid);
  co_await removing;
  co_return Result<void>();
}

core::Job<void> NvmSubsystem::remove_told(uint32_t nsid) {
  const JobCount count(*this);
  NvmNamespace& removed = namespaces_.at(nsid);
  removed.is_told = false;
  removed.is_open = false;
  if (!is_told(*removed.device)) {
    removed.device->unsubscribe(*this);
  }
  const auto saw = [&removed](const Controller& controller) { return removed.is_visible_to(controller.hostnqn()); };
  ana_changed(removed.options.ana_group, saw);
  namespace_changed(nsid, saw);
  AccessOrders orders(control());
  add_orders(orders, nsid, abandon_unsubmitted);
  co_await orders;
  auto closing = close_on_cores(nsid, cores_.size());
  co_await closing;
  namespaces_.erase(nsid);
}

// -- changes

Result<void> NvmSubsystem::set_visible(uint32_t nsid, std::string_view hostnqn, bool is_visible) {
  const auto found = namespaces_.find(nsid);
  if (found == namespaces_.end()) {
    return fail(Code::NotFound, "{}: there is no namespace {}", options_.nqn, nsid);
  }
  NvmNamespace& changed = found->second;
  std::string host(hostnqn);
  if (is_visible && !changed.hosts.contains(host) && changed.hosts.size() >= hosts_max) {
    return fail(Code::ResourceExhausted, "{}: namespace {} names {} hosts already", options_.nqn, nsid, hosts_max);
  }
  const bool is_change = is_visible ? changed.hosts.insert(host).second : changed.hosts.erase(host) != 0;
  if (is_change && !changed.options.is_visible_to_all) {
    auto which = [host = std::move(host)](const Controller& controller) { return controller.hostnqn() == host; };
    ana_changed(changed.options.ana_group, which);
    core::spawn(
        refresh({.nsid = nsid, .fenced_nsid = is_visible ? std::nullopt : std::optional(nsid)}, std::move(which)));
  }
  return {};
}

Result<void> NvmSubsystem::set_ana_group(uint32_t nsid, uint32_t group) {
  const auto found = namespaces_.find(nsid);
  if (found == namespaces_.end()) {
    return fail(Code::NotFound, "{}: there is no namespace {}", options_.nqn, nsid);
  }
  if (group == 0 || group > ana_groups_max) {
    return fail(Code::InvalidArgument, "ANA groups are 1 to {}", ana_groups_max);
  }
  const auto rights_before = rights([nsid](const NvmNamespace& each) { return each.options.nsid == nsid; });
  if (const uint32_t before = std::exchange(found->second.options.ana_group, group); before != group) {
    const auto which = [this, nsid](const Controller& controller) {
      return find_told(nsid, controller.hostnqn()) != nullptr;
    };
    ana_changed(before, which);
    ana_changed(group, which);
    // Where the other group is inaccessible, something is taken away.
    core::spawn(refresh({.nsid = nsid, .is_ana_change = true, .losses = losses(rights_before)}, which));
  }
  return {};
}

AnaState NvmSubsystem::ana_state(uint16_t port_id, uint32_t group) const {
  const auto found = ana_standings_.find({port_id, group});
  return found == ana_standings_.end() ? AnaState::Optimized : found->second.state;
}

// Asking for the same again is nothing: also where a Change has taken too long.
Result<void> NvmSubsystem::set_ana_state(const Port& port, uint32_t group, AnaState state) {
  if (group == 0 || group > ana_groups_max) {
    return fail(Code::InvalidArgument, "ANA groups are 1 to {}", ana_groups_max);
  }
  if (std::exchange(ana_standings_[{port.id, group}].asked, state) != state) {
    become(port.id, group, state);
  }
  return {};
}

void NvmSubsystem::become(uint16_t port_id, uint32_t group, AnaState state) {
  AnaStanding& standing = ana_standings_.at({port_id, group});
  constexpr uint64_t transition_ns = ana_transition_seconds_max * 1'000'000'000ULL;
  standing.change_ends_ns = state == AnaState::Change ? control().clock().now_ns() + transition_ns : 0;
  arm_ana_timer();
  if (standing.state == state) {
    return;
  }
  const auto before = rights([group](const NvmNamespace& each) { return each.options.ana_group == group; });
  standing.state = state;
  ana_changed(group, [this, port_id, group](const Controller& controller) {
    return controller.port_id() == port_id && std::ranges::any_of(namespaces_, [&](const auto& entry) {
             return entry.second.options.ana_group == group && find_told(entry.first, controller.hostnqn()) != nullptr;
           });
  });
  core::spawn(refresh({.is_ana_change = true, .losses = losses(before)},
                      [port_id](const Controller& controller) { return controller.port_id() == port_id; }));
}

void NvmSubsystem::arm_ana_timer() {
  control().cancel(ana_timer_);
  uint64_t next_ns = UINT64_MAX;
  for (const auto& [place, standing] : ana_standings_) {
    if (standing.change_ends_ns != 0) {
      next_ns = std::min(next_ns, standing.change_ends_ns);
    }
  }
  if (next_ns != UINT64_MAX) {
    control().arm(ana_timer_, next_ns);
  }
}

// Hosts wait for the end of a Change no longer than ANATT (Base 2.0, 5.17.2.1): Linux resets a controller that stays in
// it, again and again. Inaccessible lets nothing through either, and has hosts look for another way.
void NvmSubsystem::end_ana_changes() {
  const uint64_t now_ns = control().clock().now_ns();
  std::vector<AnaPlace> late;
  for (const auto& [place, standing] : ana_standings_) {
    if (standing.change_ends_ns != 0 && standing.change_ends_ns <= now_ns) {
      late.push_back(place);
    }
  }
  for (const auto& [port_id, group] : late) {
    if (may_log()) {
      log::warning("nvme", "{}: ANA group {} at port {} was Change for {} s, is Inaccessible now: set another state",
                   options_.nqn, group, port_id, ana_transition_seconds_max);
    }
    become(port_id, group, AnaState::Inaccessible);
  }
  arm_ana_timer();
}

void NvmSubsystem::ana_changed(uint32_t group, const std::function<bool(const Controller&)>& which) {
  for (const auto& [cntlid, controller] : controllers_) {
    if (which(*controller)) {
      controller->ana_changed(group);
    }
  }
}

bool NvmSubsystem::is_told(const block::Device& device) const noexcept {
  return std::ranges::any_of(
      namespaces_, [&device](const auto& entry) { return entry.second.is_told && entry.second.device == &device; });
}

void NvmSubsystem::device_resized(block::Device& device) {
  for (const auto& [nsid, nvm_namespace] : namespaces_) {
    if (nvm_namespace.is_told && nvm_namespace.device == &device) {
      namespace_changed(nsid, [&nvm_namespace](const Controller& controller) {
        return nvm_namespace.is_visible_to(controller.hostnqn());
      });
    }
  }
}

}  // namespace outrigger::nvme
