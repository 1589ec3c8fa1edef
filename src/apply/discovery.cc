#include "apply/discovery.h"

#include "apply/remote_keys.h"
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
    core::Job<void> stopping = stop_sources();
    co_await stopping;
  }
  wanted_ = std::move(wanted);
  leave();
  look_in(0);
}

core::Job<void> Discovery::stop_sources() {
  for (Source& source : sources_) {
    core::Job<void> stopping = source.feed->stop();
    co_await stopping;
  }
  sources_.clear();
}

core::Job<void> Discovery::close() {
  is_closing_ = true;
  if (timer_.is_armed()) {
    world_.control.cancel(timer_);
  }
  core::Job<void> entering = enter();
  co_await entering;
  core::Job<void> stopping = stop_sources();
  co_await stopping;
  leave();
}

// -- discovery controllers

const Discovery::Source* Discovery::find(const std::string& address, const std::string& subnqn) const {
  const auto found = std::ranges::find_if(
      sources_, [&](const Source& source) { return source.address == address && source.subnqn == subnqn; });
  return found == sources_.end() ? nullptr : &*found;
}

// Each discovery controller once, however many referrals lead to it; the nearest first.
std::vector<Discovery::Place> Discovery::plan_sources() const {
  std::vector<Place> plan{{.traddr = wanted_.traddr(),
                           .trsvcid = wanted_.trsvcid(),
                           .subnqn = std::string(nvme::discovery_nqn),
                           .depth = 0}};
  std::set<std::string> seen{plan.front().address() + " " + plan.front().subnqn};
  for (size_t i = 0; i < plan.size(); ++i) {
    const Source* const source = find(plan[i].address(), plan[i].subnqn);
    if (source != nullptr && plan[i].depth < discovery_depth_max) {
      add_referrals(*source, plan, seen);
    }
  }
  return plan;
}

void Discovery::add_referrals(const Source& source, std::vector<Place>& plan, std::set<std::string>& seen) const {
  for (const nvme_host::DiscoveryRecord& record : source.feed->log().records) {
    if (record.subtype != nvme::SubsystemType::DiscoveryReferral || record.trtype != nvme::TransportType::Tcp ||
        (record.requires_secure_channel && wanted_.tls_key().empty()) || plan.size() >= discovery_sources_max) {
      continue;
    }
    Place place{.traddr = record.traddr, .trsvcid = 0, .subnqn = canonical_nqn(record.subnqn), .depth = 0};
    const auto [end, error] =
        std::from_chars(record.trsvcid.data(), record.trsvcid.data() + record.trsvcid.size(), place.trsvcid);
    if (error != std::errc{} || end != record.trsvcid.data() + record.trsvcid.size() || place.trsvcid < 1 ||
        place.address().empty() || !seen.insert(place.address() + " " + place.subnqn).second) {
      continue;
    }
    place.depth = source.depth + 1;
    plan.push_back(std::move(place));
  }
}

void Discovery::start_source(const Place& place) {
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
  auto security = discovery_security(wanted_, {.hostnqn = options.hostnqn, .subnqn = options.subnqn});
  if (!security.has_value()) {
    return;
  }
  options.security = std::move(*security);
  options.pace = world_.pace;
  Source source{.address = place.address(), .subnqn = place.subnqn, .depth = place.depth, .feed = nullptr};
  source.feed = world_.make_feed(std::move(options), [this](const auto&) { look_in(0); });
  source.feed->start();
  sources_.push_back(std::move(source));
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
    (place == plan.end() ? ended : kept).push_back(std::move(source));
  }
  sources_ = std::move(kept);
  for (Source& source : ended) {
    core::Job<void> stopping = source.feed->stop();
    co_await stopping;
  }
  for (const Place& place : plan) {
    if (!is_closing_ && find(place.address(), place.subnqn) == nullptr) {
      start_source(place);
    }
  }
}

bool Discovery::is_complete() const {
  return !sources_.empty() &&
         std::ranges::all_of(sources_, [](const Source& source) { return source.feed->has_log(); });
}

// -- how it is

void Discovery::describe(Wanted& into) const {
  const auto reason_of = [](const Source& source) {
    return source.feed->why().empty() ? fmt::format("{}: no answer yet", source.address) : source.feed->why();
  };
  into.set_state(Wanted::CONNECTING);
  into.set_state_reason(sources_.empty() ? "it begins" : "");
  bool is_current = !sources_.empty();
  for (const Source& source : sources_) {
    auto& shown = *into.add_sources();
    shown.set_address(source.address);
    shown.set_subnqn(source.subnqn);
    shown.set_depth(static_cast<int32_t>(source.depth));
    shown.set_state(source.feed->is_current() ? Wanted::FOLLOWING : Wanted::CONNECTING);
    shown.set_generation(source.feed->log().generation);
    shown.set_record_count(source.feed->log().record_count);
    shown.set_is_secure(source.feed->log().is_secure);
    shown.set_is_authenticated(source.feed->log().is_authenticated);
    if (!source.feed->is_current()) {
      shown.set_state_reason(reason_of(source));
      into.set_state_reason(is_current ? reason_of(source) : into.state_reason());
      is_current = false;
    }
  }
  into.set_generation(sources_.empty() ? 0 : sources_.front().feed->log().generation);
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
