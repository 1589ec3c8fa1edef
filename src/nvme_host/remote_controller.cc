#include "nvme_host/remote_controller.h"

#include "base/check.h"
#include "nvme_host/remote_join.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace outrigger::nvme_host {
namespace {

constexpr uint64_t ns_per_ms = 1'000'000;

bool is_usable_state(PathAnaState state) noexcept {
  return state == PathAnaState::Optimized || state == PathAnaState::NonOptimized;
}

}  // namespace

RemoteController::RemoteController(core::Reactor& control, std::vector<core::Reactor*> data_cores,
                                   RemoteOptions options, RemoteControllerObserver& observer, PathFactory make_path)
    : control_(control),
      data_cores_(std::move(data_cores)),
      options_(std::move(options)),
      observer_(observer),
      make_path_(std::move(make_path)) {
  check(!data_cores_.empty(), "somebody must do the work");
}

RemoteController::~RemoteController() { check(entries_.empty(), "a remote controller is stopped before it goes"); }

// ---- paths

RemoteController::Entry* RemoteController::entry_of(const Path& path) noexcept {
  const auto at = std::ranges::find_if(entries_, [&](const auto& entry) { return entry->path.get() == &path; });
  return at != entries_.end() ? at->get() : nullptr;
}

RemoteController::Entry* RemoteController::entry_of(const std::string& name) const noexcept {
  const auto at = std::ranges::find_if(entries_, [&](const auto& each) { return each->path->options().name == name; });
  return at != entries_.end() ? at->get() : nullptr;
}

void RemoteController::change(const RemoteOptions& options) {
  options_.multipath = options.multipath;
  options_.selection = options.selection;
  options_.fast_io_fail_ms = options.fast_io_fail_ms;
  options_.write_retry_hold_ms = options.write_retry_hold_ms;
  options_.retries_max = options.retries_max;
  for (Known& known : known_) {
    publish(known);
  }
}

Result<void> RemoteController::add_path(PathOptions options, const std::string& predecessor) {
  if (entry_of(options.name) != nullptr) {
    return fail(Code::AlreadyExists, "remote controller {} has a path {} already", options_.name, options.name);
  }
  if (!entries_.empty() && options_.multipath == Multipath::Disable) {
    return fail(Code::FailedPrecondition, "remote controller {} has its one path, and multipath is disabled",
                options_.name);
  }
  if (entries_.size() >= paths_max) {
    return fail(Code::ResourceExhausted, "remote controller {} has {} paths; that is the limit", options_.name,
                paths_max);
  }
  if (!entries_.empty() && entries_.front()->path->options().subnqn != options.subnqn) {
    return fail(Code::FailedPrecondition, "remote controller {} is about {}, not {}", options_.name,
                entries_.front()->path->options().subnqn, options.subnqn);
  }
  auto entry = std::make_unique<Entry>();
  while (entry->number < entries_.size() && entries_[entry->number]->number == entry->number) {
    ++entry->number;
  }
  for (size_t core = 0; core < data_cores_.size(); ++core) {
    entry->counters.push_back(std::make_shared<PathCounters>());
  }
  if (const Entry* const before = entry_of(predecessor); before != nullptr) {
    inherit(*entry, *before);
  }
  entry->path = make_path_(std::move(options));
  Path& path = *entry->path;
  entries_.insert(entries_.begin() + entry->number, std::move(entry));
  path.start(*this);
  return {};
}

void RemoteController::inherit(Entry& heir, const Entry& predecessor) {
  heir.inherited = std::make_unique<const PathController>(controller_of(predecessor));
  heir.shown = predecessor.shown;
  heir.doubted = predecessor.doubted;
}

const PathController& RemoteController::controller_of(const Entry& entry) noexcept {
  return entry.inherited != nullptr ? *entry.inherited : entry.path->controller();
}

bool RemoteController::is_drained(const Entry& entry) const noexcept {
  return std::ranges::all_of(
      entry.counters, [](const auto& counters) { return counters->in_flight.load(std::memory_order_relaxed) == 0; });
}

core::Job<Result<void>> RemoteController::remove_path(std::string name) {
  Entry* const entry = entry_of(name);
  if (entry == nullptr || entry->is_leaving) {
    co_return fail(Code::NotFound, "remote controller {} has no path {}", options_.name, name);
  }
  entry->is_leaving = true;
  entry->shown.clear();
  join();
  // Every core has heard of it when this came back from it: from then on nothing more is sent there.
  for (core::Reactor* const core : data_cores_) {
    co_await core::run_on(control_, *core, [] { return true; });
  }
  for (uint64_t waited_ns = 0; waited_ns < remove_drain_ns_max; waited_ns += remove_drain_look_ns) {
    if (!entry->is_live || is_drained(*entry)) {
      break;
    }
    co_await core::sleep_for(control_, remove_drain_look_ns);
  }
  auto stopping = entry->path->stop();
  co_await std::move(stopping);
  std::erase_if(entries_, [&](const auto& each) { return each.get() == entry; });
  co_return Result<void>();
}

core::Job<void> RemoteController::stop() {
  std::vector<std::string> names;
  for (const auto& entry : entries_) {
    names.push_back(entry->path->options().name);
  }
  for (const std::string& name : names) {
    auto removing = remove_path(name);
    const auto removed = co_await std::move(removing);
    static_cast<void>(removed);  // somebody else is removing it
  }
  while (!entries_.empty()) {
    co_await core::sleep_for(control_, remove_drain_look_ns);
  }
}

void RemoteController::reset() {
  for (const auto& entry : entries_) {
    if (!entry->is_leaving) {
      entry->path->reset();
    }
  }
}

// ---- what paths report

void RemoteController::path_live(Path& path) {
  Entry* const entry = entry_of(path);
  if (entry == nullptr) {
    return;
  }
  entry->is_live = true;
  entry->inherited = nullptr;
  if (!entry->is_leaving) {
    look(*entry);
  }
  join();
}

void RemoteController::path_down(Path& path, const std::string& why) {
  Entry* const entry = entry_of(path);
  if (entry == nullptr) {
    return;
  }
  if (entry->is_live && !entry->is_leaving && limiter_.admit(control_.clock().now_ns())) {
    log::warning("nvme_host", "{}: path {} is lost: {}", options_.name, path.options().name, why);
  }
  entry->is_live = false;
  // What it showed is remembered as long as it may come back.
  if (const PathState state = path.status().state; state == PathState::Failed || state == PathState::Stopping) {
    entry->shown.clear();
  }
  join();
}

void RemoteController::path_namespaces_changed(Path& path) {
  Entry* const entry = entry_of(path);
  if (entry != nullptr && entry->is_live && !entry->is_leaving) {
    look(*entry);
    join();
  }
}

void RemoteController::path_ana_changed(Path& path) {
  Entry* const entry = entry_of(path);
  if (entry != nullptr && entry->is_live && !entry->is_leaving) {
    entry->shown = path.namespaces();  // nobody has looked whether they are still there
    join();
  }
}

// ---- joining

void RemoteController::complain(Entry& entry, std::string what) {
  entry.problems.push_back(fmt::format("path {}: {}", entry.path->options().name, what));
}

// CNTLIDs are unique within a subsystem: two live controllers with one are two subsystems of one name.
void RemoteController::judge_controllers() {
  for (size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = *entries_[i];
    entry.is_refused = false;
    for (size_t core = 0; core < data_cores_.size() && entry.is_live && !entry.is_leaving; ++core) {
      if (entry.path->queue(core) == nullptr) {
        complain(entry, fmt::format("it has no I/O queue on core {}, where it cannot be used", core));
      }
    }
    for (size_t before = 0; before < i && entry.is_live; ++before) {
      const Entry& other = *entries_[before];
      if (other.is_live && !other.is_refused && !other.is_leaving &&
          other.path->controller().cntlid == entry.path->controller().cntlid) {
        entry.is_refused = true;
        complain(entry, fmt::format("its controller has the identifier {} of the one of path {}: another subsystem of "
                                    "the same name, not used",
                                    entry.path->controller().cntlid, other.path->options().name));
        break;
      }
    }
  }
}

// What the path's controller shows now. It is the latest word, until another path has one.
void RemoteController::look(Entry& entry) {
  if (!entry.has_news) {
    entry.shown_before = std::move(entry.shown);
    entry.has_news = true;
  }
  entry.shown = entry.path->namespaces();
  entry.doubted.clear();
}

// What a live path no longer shows, or newly shows otherwise, the other paths show until they look again or are lost:
// a target may take a namespace away while a path is cut off, before or after we notice that it is.
void RemoteController::hear_news() {
  for (const auto& entry : entries_) {
    if (!entry->has_news || !entry->is_live || entry->is_refused || entry->is_leaving) {
      continue;
    }
    const NamespaceNews news(entry->shown_before, entry->shown);
    for (const auto& other : entries_) {
      for (const PathNamespace& shown : other->shown) {
        if (other != entry && news.belies(shown)) {
          other->doubted.insert(shown.nsid);
        }
      }
    }
    entry->has_news = false;
    entry->shown_before.clear();
  }
}

// A path that is not there cannot look again: what is doubted is not so.
void RemoteController::forget_doubted() {
  for (const auto& entry : entries_) {
    if (!entry->is_live && !entry->doubted.empty()) {
      std::erase_if(entry->shown, [&](const PathNamespace& shown) { return entry->doubted.contains(shown.nsid); });
      entry->doubted.clear();
    }
  }
}

void RemoteController::join() {
  const std::vector<std::string> all_before = problems();
  const std::set<std::string> before(all_before.begin(), all_before.end());
  for (const auto& entry : entries_) {
    entry->problems.clear();
    entry->left_out_count = 0;
  }
  judge_controllers();
  hear_news();
  forget_doubted();
  index_.clear();
  by_nsid_.clear();
  for (size_t place = 0; place < known_.size(); ++place) {
    known_[place].next.clear();
    index_.add(place, known_[place].device->identity(), known_[place].device->nsid());
  }
  join_all();
  index_.clear();
  by_nsid_.clear();
  std::vector<RemoteNamespace*> added;
  std::vector<RemoteNamespace*> removed;
  for (Known& known : known_) {
    settle(known, added, removed);
    publish(known);
  }
  tell_problems(before);
  for (RemoteNamespace* device : removed) {
    observer_.namespace_removed(*device);
  }
  for (RemoteNamespace* device : added) {
    observer_.namespace_added(*device);
  }
}

void RemoteController::join_all() {
  std::vector<std::pair<Entry*, const PathNamespace*>> unknown;
  for (const auto& entry : entries_) {
    if (!entry->is_refused) {
      std::vector<const PathNamespace*> rest;
      join_known(*entry, rest);
      for (const PathNamespace* shown : rest) {
        unknown.emplace_back(entry.get(), shown);
      }
    }
  }
  if (!unknown.empty()) {
    for (const auto& entry : entries_) {
      for (const PathNamespace& shown : entry->shown) {
        by_nsid_[entry.get()].emplace(shown.nsid, &shown);
      }
    }
  }
  // Only now, so that a namespace that is there keeps its NSID whichever path comes first.
  for (const auto& [entry, shown] : unknown) {
    join_new(*entry, *shown);
  }
  for (const auto& entry : entries_) {
    if (entry->left_out_count > 0) {
      complain(*entry, fmt::format("{} namespaces are too many, such as {}: at most {} are used", entry->left_out_count,
                                   entry->left_out_nsid, remote_namespaces_max));
    }
  }
}

void RemoteController::join_left_out() {
  const bool has_left_out = std::ranges::any_of(entries_, [](const auto& entry) { return entry->left_out_count > 0; });
  if (has_left_out && known_.size() < remote_namespaces_max) {
    join();
  }
}

void RemoteController::tell_problems(const std::set<std::string>& before) {
  for (const std::string& problem : problems()) {
    if (!before.contains(problem) && limiter_.admit(control_.clock().now_ns())) {
      log::warning("nvme_host", "{}: {}", options_.name, problem);
    }
  }
}

// What `entry` shows of the namespaces that are there; the rest is collected.
void RemoteController::join_known(Entry& entry, std::vector<const PathNamespace*>& rest) {
  for (const PathNamespace& shown : entry.shown) {
    Known* const known = find_same(shown, true);
    const bool is_shown_twice = known != nullptr && std::ranges::any_of(known->next, [&](const Claim& claim) {
                                  return claim.entry == &entry || claim.shown.nsid != shown.nsid;
                                });
    if (known == nullptr || is_shown_twice) {
      rest.push_back(&shown);
    } else {
      add_claim(*known, entry, shown);
    }
  }
}

void RemoteController::add_claim(Known& known, Entry& entry, const PathNamespace& shown) {
  if (known.next.empty()) {
    index_.take(static_cast<size_t>(&known - known_.data()), shown.nsid);
  }
  known.next.push_back({&entry, shown});
}

// The namespace that `shown` is, judged by its identity, among those that are there or among those that vanished.
RemoteController::Known* RemoteController::find_same(const PathNamespace& shown, bool is_present) {
  if (!check_format(shown).has_value()) {
    return nullptr;
  }
  const auto places = index_.find(NamespaceIdentity::of(shown), shown.nsid);
  for (const size_t place : places) {
    const RemoteNamespace& device = *known_[place].device;
    if (device.is_present() == is_present && device.fixed_geometry().block_size == shown.block_bytes) {
      return &known_[place];
    }
  }
  return nullptr;
}

// Who has the NSID, or the identity, of `shown` already; the first of them.
RemoteController::Known* RemoteController::find_taken(const PathNamespace& shown) {
  const NamespaceIdentity identity = NamespaceIdentity::of(shown);
  std::optional<size_t> first = index_.taken(shown.nsid);
  if (!identity.is_none()) {
    const auto places = index_.find(identity, shown.nsid);
    const auto at = std::ranges::find_if(places, [this](size_t place) { return !known_[place].next.empty(); });
    if (at != places.end() && (!first.has_value() || *at < *first)) {
      first = *at;
    }
  }
  return first.has_value() ? &known_[*first] : nullptr;
}

void RemoteController::join_new(Entry& entry, const PathNamespace& shown) {
  if (const auto format = check_format(shown); !format.has_value()) {
    complain(entry, fmt::format("namespace {}: {}", shown.nsid, format.error().what));
    return;
  }
  if (Known* const taken = find_taken(shown); taken != nullptr) {
    const RemoteNamespace& device = *taken->device;
    const bool is_same = device.identity() == NamespaceIdentity::of(shown);
    const bool is_same_nsid = taken->next.front().shown.nsid == shown.nsid;
    if (is_same && is_same_nsid && device.fixed_geometry().block_size == shown.block_bytes) {
      add_claim(*taken, entry, shown);  // made a moment ago for another path
    } else if (!is_same) {
      complain(entry, fmt::format("namespace {} has another identity (UUID, NGUID or EUI64) than on path {}: not used",
                                  shown.nsid, taken->next.front().entry->path->options().name));
    } else if (is_same_nsid) {
      complain(entry, fmt::format("namespace {} has blocks of {} bytes and is known with {}: not used", shown.nsid,
                                  shown.block_bytes, device.fixed_geometry().block_size));
    } else {
      complain(entry, fmt::format("namespaces {} and {} have the same identity: the second is not used",
                                  taken->next.front().shown.nsid, shown.nsid));
    }
    return;
  }
  if (Known* const vanished = find_same(shown, false); vanished != nullptr && vanished->next.empty()) {
    add_claim(*vanished, entry, shown);
    return;
  }
  make_namespace(entry, shown);
}

void RemoteController::make_namespace(Entry& entry, const PathNamespace& shown) {
  if (!entry.is_live) {
    return;  // what its controller can do is not known any more
  }
  if (known_.size() >= remote_namespaces_max) {
    entry.left_out_nsid = entry.left_out_count++ == 0 ? shown.nsid : entry.left_out_nsid;
    return;
  }
  // What all paths can do that are there now; those that come later and can do less are left out where it matters.
  std::vector<const PathController*> controllers{&entry.path->controller()};
  for (const auto& other : entries_) {
    const auto& theirs = by_nsid_[other.get()];
    const auto at = theirs.find(shown.nsid);
    const bool shows_it = at != theirs.end() && NamespaceIdentity::of(*at->second) == NamespaceIdentity::of(shown);
    if (other->is_live && !other->is_refused && shows_it) {
      controllers.push_back(&other->path->controller());
    }
  }
  Known known;
  known.device.reset(new RemoteNamespace(fmt::format("{}n{}", options_.name, shown.nsid),
                                         geometry_of(shown, controllers), shown.nsid, NamespaceIdentity::of(shown),
                                         data_cores_, std::clamp(options_.channel_slots, 1U, channel_slots_max)));
  known.device->is_present_ = false;  // settle() announces it
  index_.add(known_.size(), known.device->identity(), shown.nsid);
  known_.push_back(std::move(known));
  add_claim(known_.back(), entry, shown);
}

void RemoteController::settle(Known& known, std::vector<RemoteNamespace*>& added,
                              std::vector<RemoteNamespace*>& removed) {
  RemoteNamespace& device = *known.device;
  // Whoever stands on the device was told that it needs no flushes.
  std::erase_if(known.next, [&](const Claim& claim) {
    const bool has_cache = claim.entry->is_live && claim.entry->path->controller().has_write_cache;
    if (has_cache && !device.fixed_geometry().has_write_cache) {
      complain(*claim.entry,
               fmt::format("namespace {} has a write cache and was known without one: not used", claim.shown.nsid));
      return true;
    }
    return false;
  });
  const bool is_present = !known.next.empty();
  if (is_present) {
    device.nsid_ = known.next.front().shown.nsid;
    follow_size(known);
  }
  if (is_present != device.is_present_) {
    device.is_present_ = is_present;
    (is_present ? added : removed).push_back(&device);
  }
  known.claims = known.next;
}

// Paths may disagree for a while when a namespace changes size: what changed last is the truth. A path that comes anew
// has not seen a change, and may be the last one to hear of it: it counts where no other path says what is known.
void RemoteController::follow_size(Known& known) {
  uint64_t news = known.claims.empty() ? known.next.front().shown.block_count : 0;
  const bool is_confirmed = std::ranges::any_of(known.next, [&](const Claim& claim) {
    return claim.entry->is_live && claim.shown.block_count == known.device->block_count();
  });
  for (const Claim& claim : known.next) {
    const auto before = std::ranges::find(known.claims, claim.entry, &Claim::entry);
    const bool is_new =
        before == known.claims.end() ? !is_confirmed : before->shown.block_count != claim.shown.block_count;
    if (is_new && claim.shown.block_count != known.device->block_count()) {
      news = claim.shown.block_count;
    }
  }
  if (news != 0 && news != known.device->block_count()) {
    known.device->set_block_count(news);
  }
}

// ---- publishing

uint64_t RemoteController::hold_ns(const Entry& entry) const noexcept {
  if (options_.write_retry_hold_ms >= 0) {
    return static_cast<uint64_t>(options_.write_retry_hold_ms) * ns_per_ms;
  }
  // As the controller counts, which may be in larger steps.
  const PathController& controller = entry.path->controller();
  const uint64_t asked_ms = entry.path->options().keep_alive_ms;
  const uint64_t kept_ms = std::max<uint64_t>(asked_ms, controller.keep_alive_ms);
  const bool is_kept = asked_ms != 0 && controller.has_keep_alive;
  return (is_kept ? kept_ms * hold_keep_alives : hold_ms_without_keep_alive) * ns_per_ms;
}

// How long requests wait for a path: fast_io_fail, or as long as the most patient path tries to come back.
uint64_t RemoteController::give_up_ns() const noexcept {
  int64_t ms = options_.fast_io_fail_ms;
  if (ms < 0) {
    ms = 0;
    for (const auto& entry : entries_) {
      const int64_t loss_ms = entry->path->options().controller_loss_ms;
      ms = loss_ms < 0 ? std::numeric_limits<int64_t>::max() : std::max(ms, loss_ms);
    }
  }
  const auto limit_ms = static_cast<int64_t>(UINT64_MAX / ns_per_ms);
  return ms >= limit_ms ? UINT64_MAX : static_cast<uint64_t>(ms) * ns_per_ms;
}

PathLane RemoteController::lane_of(const Claim& claim, const RemoteNamespace& device, size_t core) const {
  const Entry& entry = *claim.entry;
  PathLane lane;
  lane.number = entry.number;
  lane.nsid = claim.shown.nsid;
  lane.counters = entry.counters[core];
  lane.ana = claim.shown.ana;
  lane.hold_ns = hold_ns(entry);
  const uint32_t block_bytes = device.fixed_geometry().block_size;
  limit_lane(controller_of(entry), claim.shown, block_bytes, lane);
  if (entry.is_live && !entry.is_leaving) {
    lane.queue = entry.path->queue(core);
  }
  return lane;
}

void RemoteController::publish(Known& known) {
  RemoteNamespace& device = *known.device;
  const bool has_path = std::ranges::any_of(
      known.claims, [](const Claim& claim) { return claim.entry->is_live && is_usable_state(claim.shown.ana); });
  if (has_path) {
    device.no_path_since_ns_ = 0;
  } else if (device.no_path_since_ns_ == 0) {
    device.no_path_since_ns_ = control_.clock().now_ns();
  }
  std::vector<std::shared_ptr<const PathTable>> tables;
  for (size_t core = 0; core < data_cores_.size(); ++core) {
    auto table = std::make_shared<PathTable>();
    for (const Claim& claim : known.claims) {
      table->lanes.push_back(lane_of(claim, device, core));
    }
    table->is_present = device.is_present_;
    table->selection = options_.multipath == Multipath::Multipath ? options_.selection : PathSelection::ActivePassive;
    table->no_path_since_ns = device.no_path_since_ns_;
    table->give_up_ns = give_up_ns();
    table->retries_max = options_.retries_max;
    tables.push_back(std::move(table));
  }
  device.publish(std::move(tables));
}

// ---- for people

std::vector<RemoteNamespace*> RemoteController::namespaces() const {
  std::vector<RemoteNamespace*> devices;
  for (const Known& known : known_) {
    devices.push_back(known.device.get());
  }
  return devices;
}

Result<void> RemoteController::release(RemoteNamespace& vanished) {
  if (vanished.is_present()) {
    return fail(Code::FailedPrecondition, "namespace {} of remote controller {} is there", vanished.nsid(),
                options_.name);
  }
  const auto count = std::erase_if(known_, [&](const Known& known) { return known.device.get() == &vanished; });
  check(count == 1, "a namespace is released to the controller it came from");
  return {};
}

std::vector<PathStatistics> RemoteController::path_statistics() const {
  std::vector<PathStatistics> all;
  for (const auto& entry : entries_) {
    PathStatistics& statistics = all.emplace_back();
    statistics.name = entry->path->options().name;
    statistics.status = entry->path->status();
    for (const auto& counters : entry->counters) {
      statistics.add(*counters);
    }
  }
  return all;
}

const PathController* RemoteController::live_controller(const std::string& path) const noexcept {
  const Entry* const entry = entry_of(path);
  return entry != nullptr && entry->is_live ? &entry->path->controller() : nullptr;
}

std::vector<RemoteController::Reach> RemoteController::reach_of(const RemoteNamespace& device) const {
  std::vector<Reach> all;
  for (const Known& known : known_) {
    for (const Claim& claim : known.claims) {
      if (known.device.get() == &device && claim.entry->is_live && !claim.entry->is_leaving) {
        all.push_back({claim.entry->path->options().name, claim.shown.ana});
      }
    }
  }
  return all;
}

std::vector<std::string> RemoteController::problems() const {
  std::vector<std::string> all;
  for (const auto& entry : entries_) {
    all.insert(all.end(), entry->problems.begin(), entry->problems.end());
  }
  return all;
}

}  // namespace outrigger::nvme_host
