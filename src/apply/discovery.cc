#include "apply/discovery.h"

#include "apply/remote_keys.h"
#include "base/log.h"
#include "core/join.h"
#include "model/nvme_discovery.h"

#include <algorithm>
#include <charconv>

namespace outrigger::apply {

namespace v1 = outrigger::v1;

namespace {

constexpr uint64_t ns_per_ms = 1'000'000;
// How often a job looks whether its turn has come.
constexpr uint64_t look_ns = 5 * ns_per_ms;

std::string canonical_nqn(const std::string& subnqn) {
  return subnqn.empty() ? std::string(nvme::discovery_nqn) : subnqn;
}

}  // namespace

// A discovery controller that shall be followed.
struct Discovery::Place {
  std::string traddr;
  int64_t trsvcid = 0;
  std::string subnqn;
  uint32_t depth = 0;
  bool requires_tls = false;
  [[nodiscard]] std::string address() const { return model::nvme_discovery_address(traddr, trsvcid); }
};

Discovery::Discovery(DiscoveryWorld& world, std::string id, Wanted wanted)
    : world_(world), id_(std::move(id)), wanted_(std::move(wanted)) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { core::spawn(look_after(static_cast<Discovery*>(timer.owner))); };
  look_in(0);
}

Discovery::~Discovery() {
  check(is_closing_ && !is_busy_, "a discovery is closed before it is destroyed");
  if (timer_.is_armed()) {
    world_.control.cancel(timer_);
  }
}

// -- turns

core::Job<void> Discovery::enter() {
  while (is_busy_) {
    co_await core::sleep_for(world_.control, look_ns);
  }
  is_busy_ = true;
}

void Discovery::leave() {
  check(is_busy_, "who leaves has entered");
  is_busy_ = false;
}

void Discovery::look_in(uint64_t ns) {
  const uint64_t deadline_ns =
      std::max(world_.control.clock().now_ns() + ns, round_ended_ns_ + discovery_round_pause_ns);
  if (is_closing_ || (timer_.is_armed() && timer_.deadline_ns <= deadline_ns)) {
    return;
  }
  if (timer_.is_armed()) {
    world_.control.cancel(timer_);
  }
  world_.control.arm(timer_, deadline_ns);
}

core::Job<void> Discovery::look_after(Discovery* self) {
  constexpr uint64_t again_ns_min = 500 * ns_per_ms;
  constexpr uint64_t again_ns_max = 30'000 * ns_per_ms;
  if (self->is_busy_) {
    self->look_in(2 * look_ns);
    co_return;
  }
  core::Job<void> entering = self->enter();
  co_await entering;
  core::Job<void> reconciling = self->reconcile();
  co_await reconciling;
  self->leave();
  if (self->is_settled_) {
    self->again_ns_ = 0;
  } else {
    self->again_ns_ = std::clamp(2 * self->again_ns_, again_ns_min, again_ns_max);
    self->look_in(self->again_ns_);
  }
}

core::Job<void> Discovery::reconcile() {
  is_settled_ = true;
  core::Job<void> following = follow_plan();
  co_await following;
  Entries entries = plan_entries();
  look_at_rows();
  // A turn of the reactor for each row that comes or goes: the logs may be others at the end, and have told so.
  for (auto& [subnqn, places] : entries) {
    if (!is_ending()) {
      core::Job<void> making = make_subsystem(subnqn, &places);
      co_await making;
    }
  }
  core::Job<void> dropping = drop_unshown(&entries);
  co_await dropping;
  entries_ = std::move(entries);
  round_ended_ns_ = world_.control.clock().now_ns();
}

core::Job<void> Discovery::change(Wanted wanted) {
  core::Job<void> entering = enter();
  co_await entering;
  if (has_other_keys(wanted_, wanted)) {
    core::Job<void> stopping = stop_feeds(all_sources());
    co_await stopping;
  }
  wanted_ = std::move(wanted);
  leave();
  look_in(0);
}

std::vector<Discovery::Source*> Discovery::all_sources() {
  std::vector<Source*> all;
  for (Source& source : sources_) {
    all.push_back(&source);
  }
  return all;
}

core::Job<void> Discovery::stop_feeds(std::vector<Source*> sources) {
  std::vector<core::Job<void>> stopping;
  for (Source* const source : sources) {
    if (source->feed != nullptr) {
      stopping.push_back(source->feed->stop());
    }
  }
  core::Job<void> joining = core::join(std::move(stopping));
  co_await joining;
  for (Source* const source : sources) {
    if (source->has_log()) {
      source->last_log = source->feed->log();
    }
    source->feed = nullptr;
  }
}

core::Job<void> Discovery::close() {
  is_closing_ = true;
  if (timer_.is_armed()) {
    world_.control.cancel(timer_);
  }
  core::Job<void> entering = enter();
  co_await entering;
  core::Job<void> stopping = stop_feeds(all_sources());
  co_await stopping;
  leave();
}

// -- discovery controllers

std::string Discovery::Source::why() const {
  if (feed != nullptr && !feed->why().empty()) {
    return feed->why();
  }
  return fmt::format("{}: {}", address, feed == nullptr && !obstacle.empty() ? obstacle : "no answer yet");
}

Discovery::Source* Discovery::find(const Place& place) {
  const auto found = std::ranges::find_if(sources_, [&](const Source& source) {
    return source.address == place.address() && source.subnqn == place.subnqn;
  });
  return found == sources_.end() ? nullptr : &*found;
}

// Each discovery controller once, however many referrals lead to it; the nearest first.
std::vector<Discovery::Place> Discovery::plan_sources() {
  std::vector<Place> plan{{.traddr = wanted_.traddr(),
                           .trsvcid = wanted_.trsvcid(),
                           .subnqn = std::string(nvme::discovery_nqn),
                           .depth = 0}};
  std::set<std::string> seen{plan.front().address() + " " + plan.front().subnqn};
  for (size_t i = 0; i < plan.size(); ++i) {
    const Source* const source = find(plan[i]);
    if (source != nullptr && plan[i].depth < discovery_depth_max) {
      add_referrals(*source, plan, seen);
    }
  }
  return plan;
}

void Discovery::add_referrals(const Source& source, std::vector<Place>& plan, std::set<std::string>& seen) const {
  for (const nvme_host::DiscoveryRecord& record : source.log().records) {
    if (record.subtype != nvme::SubsystemType::DiscoveryReferral || record.trtype != nvme::TransportType::Tcp) {
      continue;
    }
    Place place{.traddr = record.traddr,
                .trsvcid = 0,
                .subnqn = canonical_nqn(record.subnqn),
                .depth = source.depth + 1,
                .requires_tls = record.requires_secure_channel};
    // Those that cannot be asked leave the others their places.
    const auto is_like_it = [this, &place](const Place& each) { return lacks_key(each) == lacks_key(place); };
    if (static_cast<size_t>(std::ranges::count_if(plan, is_like_it)) >= discovery_sources_max) {
      continue;
    }
    const auto [end, error] =
        std::from_chars(record.trsvcid.data(), record.trsvcid.data() + record.trsvcid.size(), place.trsvcid);
    if (error != std::errc{} || end != record.trsvcid.data() + record.trsvcid.size() || place.trsvcid < 1 ||
        place.address().empty() || !seen.insert(place.address() + " " + place.subnqn).second) {
      continue;
    }
    plan.push_back(std::move(place));
  }
}

bool Discovery::lacks_key(const Place& place) const { return place.requires_tls && wanted_.tls_key().empty(); }

// Fails where no key can fit a name that a referral gives.
Result<nvme_host::DiscoveryOptions> Discovery::options_for(const Place& place) const {
  if (lacks_key(place)) {
    return fail(Code::FailedPrecondition, "it requires TLS, for which the discovery has no key (tls_key)");
  }
  nvme_host::DiscoveryOptions options;
  options.address = {.traddr = place.traddr,
                     .trsvcid = std::to_string(place.trsvcid == 0 ? model::nvme_discovery_port : place.trsvcid),
                     .source_traddr = {},
                     .source_trsvcid = {}};
  options.subnqn = place.subnqn;
  options.hostnqn = wanted_.hostnqn().empty() ? world_.identity.nqn : wanted_.hostnqn();
  options.hostid = world_.identity.id_of(options.hostnqn);
  options.has_header_digest = wanted_.hdgst();
  options.has_data_digest = wanted_.ddgst();
  OR_ASSIGN(options.security, discovery_security(wanted_, {.hostnqn = options.hostnqn, .subnqn = options.subnqn}));
  options.pace = world_.pace;
  return options;
}

void Discovery::ask(Source& source, const Place& place) {
  Result<nvme_host::DiscoveryOptions> options = options_for(place);
  if (options.has_value()) {
    source.obstacle.clear();
    source.feed = world_.make_feed(std::move(*options), [this](const auto&) { look_in(0); });
    source.feed->start();
  } else if (source.obstacle != options.error().what) {
    source.obstacle = std::move(options).error().what;
    if (limiter_.admit(world_.control.clock().now_ns())) {
      log::info("apply", "nvmeDiscoveries/{}: {}; it is not asked{}", id_, source.why(), limiter_.left_out_note());
    }
  }
}

// Digests that were changed are for connections to come.
core::Job<void> Discovery::follow_plan() {
  const std::vector<Place> plan = plan_sources();
  std::vector<Source> kept;
  std::vector<Source> ended;
  for (Source& source : sources_) {
    const auto place = std::ranges::find_if(plan, [&source](const Place& each) {
      return each.subnqn == source.subnqn && each.address() == source.address;
    });
    if (place != plan.end()) {
      source.depth = place->depth;
    }
    if (source.has_log()) {
      source.last_log = {};
    }
    (place == plan.end() ? ended : kept).push_back(std::move(source));
  }
  sources_ = std::move(kept);
  std::vector<Source*> unwelcome;
  for (Source& source : ended) {
    unwelcome.push_back(&source);
  }
  for (const Place& place : plan) {
    Source* const source = find(place);
    if (source != nullptr && lacks_key(place)) {
      unwelcome.push_back(source);
    }
  }
  core::Job<void> stopping = stop_feeds(std::move(unwelcome));
  co_await stopping;
  for (const Place& place : plan) {
    if (find(place) == nullptr) {
      sources_.push_back({.address = place.address(), .subnqn = place.subnqn, .depth = place.depth});
    }
    Source& source = *find(place);
    if (source.feed == nullptr && !is_closing_) {
      ask(source, place);
    }
  }
}

bool Discovery::is_complete() const {
  return !sources_.empty() && std::ranges::all_of(sources_, [](const Source& source) { return source.has_log(); });
}

// -- how it is

void Discovery::describe(Wanted& into) const {
  into.set_state(Wanted::CONNECTING);
  into.set_state_reason(sources_.empty() ? "it begins" : "");
  bool is_current = !sources_.empty();
  for (const Source& source : sources_) {
    auto& shown = *into.add_sources();
    shown.set_address(source.address);
    shown.set_subnqn(source.subnqn);
    shown.set_depth(static_cast<int32_t>(source.depth));
    shown.set_state(source.is_current() ? Wanted::FOLLOWING : Wanted::CONNECTING);
    shown.set_generation(source.log().generation);
    shown.set_record_count(source.log().record_count);
    shown.set_is_secure(source.log().is_secure);
    shown.set_is_authenticated(source.log().is_authenticated);
    if (!source.is_current()) {
      shown.set_state_reason(source.why());
      into.set_state_reason(is_current ? source.why() : into.state_reason());
      is_current = false;
    }
  }
  into.set_generation(sources_.empty() ? 0 : sources_.front().log().generation);
  into.set_state(is_current ? Wanted::FOLLOWING : Wanted::CONNECTING);
  int32_t count = 0;
  for (const auto& [subnqn, places] : entries_) {
    for (const auto& [address, entry] : places) {
      if (++count > discovery_entries_shown_max) {
        continue;
      }
      auto& shown = *into.add_entries();
      shown.set_subnqn(subnqn);
      shown.set_address(address);
      shown.set_state(entry.state);
      shown.set_state_reason(entry.reason);
      shown.set_path(entry.path);
    }
  }
  into.set_entry_count(count);
}

}  // namespace outrigger::apply
