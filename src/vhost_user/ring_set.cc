#include "vhost_user/ring_set.h"

#include "base/check.h"
#include "base/log.h"

#include <algorithm>

namespace outrigger::vhost_user {
namespace {

constexpr std::string_view room = "vhost_user";

void keep_first(Result<void>& first, Result<void> next) {
  if (first.has_value() && !next.has_value()) {
    first = std::move(next);
  }
}

}  // namespace

RingSet::RingSet(virtio::Device& device, std::string name) : device_(device), name_(std::move(name)) {
  rings_.resize(device.queue_count_max());
}

RingSet::~RingSet() { check(!is_any_running(), "rings are stopped before their session goes"); }

bool RingSet::is_any_running() const noexcept {
  return std::ranges::any_of(rings_, [](const Ring& ring) { return ring.is_running; });
}

Result<void> RingSet::set_size(uint16_t index, uint32_t size) {
  if (rings_[index].is_running) {
    return fail(Code::FailedPrecondition, "ring {} is running; its size cannot change now", index);
  }
  return rings_[index].vring.set_size(size, device_.queue_size_max());
}

Result<void> RingSet::set_base(uint16_t index, uint32_t base) {
  if (rings_[index].is_running) {
    return fail(Code::FailedPrecondition, "ring {} is running; its base cannot change now", index);
  }
  rings_[index].vring.set_base(base);
  return {};
}

void RingSet::set_address(uint16_t index, const VringAddress& address) {
  // A new place reaches the device by a restart, which loses nothing but waits for what is in flight. Migration
  // toggles VHOST_VRING_F_LOG alone, and must not wait.
  const Vring::AddressChange change = rings_[index].vring.set_address(address);
  rings_[index].must_restart = rings_[index].must_restart || change.is_moved;
  rings_[index].has_new_log = rings_[index].has_new_log || change.is_logged_anew;
}

Result<void> RingSet::set_kick(uint16_t index, UniqueFd fd) {
  OR_TRY(accept_event_fd(fd, fmt::format("the kick descriptor of ring {}", index)));
  rings_[index].vring.set_kick(std::move(fd));
  rings_[index].has_new_kick = true;
  return {};
}

Result<void> RingSet::set_call(uint16_t index, UniqueFd fd) {
  OR_TRY(accept_event_fd(fd, fmt::format("the call descriptor of ring {}", index)));
  rings_[index].vring.set_call(std::move(fd));
  rings_[index].has_new_call = true;
  return {};
}

Result<void> RingSet::set_error(uint16_t index, UniqueFd fd) {
  OR_TRY(accept_event_fd(fd, fmt::format("the error descriptor of ring {}", index)));
  rings_[index].vring.set_error(std::move(fd));
  return {};
}

void RingSet::enable_all() {
  for (Ring& ring : rings_) {
    ring.vring.set_enabled(true);
  }
}

void RingSet::set_all_stopped() {
  for (Ring& ring : rings_) {
    ring.vring.set_stopped();
  }
}

void RingSet::reset_all() {
  for (Ring& ring : rings_) {
    ring.vring.reset();
  }
}

// Whether a running ring can go on untouched.
bool RingSet::may_stay(const Ring& ring, const Surroundings& wanted) const {
  if (!ring.vring.is_wanted() || ring.must_restart || wanted.memory.memory == nullptr) {
    return false;
  }
  const auto places = ring.vring.locate(*wanted.memory.memory, wanted.form);
  return places.has_value() && *places == ring.places;
}

core::Job<Result<void>> RingSet::settle(Surroundings wanted) {
  for (uint16_t i = 0; i < count(); ++i) {
    if (rings_[i].is_running && !may_stay(rings_[i], wanted)) {
      auto stopping = stop(i);
      co_await stopping;
    }
  }
  auto settling_memory = settle_memory(wanted);
  Result<void> outcome = co_await settling_memory;
  if (!outcome.has_value()) {
    co_return outcome;
  }
  for (uint16_t i = 0; i < count(); ++i) {
    // Most messages concern no ring or one; nothing is made for the others.
    const Ring& ring = rings_[i];
    if (ring.is_running ? ring.has_news() : ring.vring.is_wanted() && wanted.may_run) {
      auto settling = settle_ring(i, wanted);
      Result<void> settled = co_await settling;
      keep_first(outcome, std::move(settled));
    }
  }
  co_return outcome;
}

core::Job<Result<void>> RingSet::settle_memory(Surroundings wanted) {
  if (wanted.memory.memory == memory_.memory && wanted.memory.dirty_log == memory_.dirty_log) {
    co_return Result<void>();
  }
  memory_ = wanted.memory;
  auto changing = device_.set_memory(std::move(wanted.memory));
  Result<void> changed = co_await changing;
  if (!changed.has_value()) {
    memory_ = {};
  }
  co_return changed;
}

core::Job<Result<void>> RingSet::settle_ring(uint16_t index, Surroundings wanted) {
  if (rings_[index].is_running) {
    auto passing = pass_news(index);
    Result<void> passed = co_await passing;
    co_return passed;
  }
  auto starting = start(index, std::move(wanted));
  Result<void> started = co_await starting;
  co_return started;
}

core::Job<Result<void>> RingSet::start(uint16_t index, Surroundings wanted) {
  Ring& ring = rings_[index];
  if (wanted.memory.memory == nullptr) {
    co_return Result<void>();
  }
  auto places = ring.vring.locate(*wanted.memory.memory, wanted.form);
  if (!places.has_value()) {
    // Not an error: the memory that holds the ring may still come.
    if (ring.why_waiting != places.error().what) {
      ring.why_waiting = places.error().what;
      log::debug(room, "{}: ring {} waits: {}", name_, index, ring.why_waiting);
    }
    co_return Result<void>();
  }
  auto area = wanted.inflight->area(index, ring.vring.size(), wanted.form);
  if (!area.has_value()) {
    co_return std::unexpected(std::move(area).error());
  }
  auto setup = ring.vring.make_setup(*places, *area);
  if (!setup.has_value()) {
    co_return std::unexpected(std::move(setup).error());
  }
  ring.must_restart = ring.has_new_call = ring.has_new_kick = ring.has_new_log = false;
  auto starting = device_.start_queue(index, std::move(*setup));
  Result<void> started = co_await starting;
  if (!started.has_value()) {
    ring.vring.set_stopped();
    co_return with_context(std::move(started).error(), fmt::format("ring {} cannot start", index));
  }
  ring.is_running = true;
  ring.places = *places;
  ring.why_waiting.clear();
  co_return Result<void>();
}

core::Job<Result<void>> RingSet::pass_news(uint16_t index) {
  Ring& ring = rings_[index];
  Result<void> outcome;
  if (std::exchange(ring.has_new_log, false)) {
    auto logging = device_.set_used_log(index, ring.vring.used_log());
    outcome = co_await logging;
  }
  auto passing = pass_descriptors(index);
  Result<void> passed = co_await passing;
  keep_first(outcome, std::move(passed));
  co_return outcome;
}

core::Job<Result<void>> RingSet::pass_descriptors(uint16_t index) {
  Ring& ring = rings_[index];
  Result<void> outcome;
  if (std::exchange(ring.has_new_call, false)) {
    auto fd = ring.vring.duplicate_call();
    if (!fd.has_value()) {
      co_return std::unexpected(std::move(fd).error());
    }
    auto changing = device_.set_call_fd(index, std::move(*fd));
    Result<void> changed = co_await changing;
    keep_first(outcome, std::move(changed));
  }
  if (std::exchange(ring.has_new_kick, false)) {
    auto fd = ring.vring.duplicate_kick();
    if (!fd.has_value()) {
      co_return std::unexpected(std::move(fd).error());
    }
    auto changing = device_.set_kick_fd(index, std::move(*fd));
    Result<void> changed = co_await changing;
    keep_first(outcome, std::move(changed));
  }
  co_return outcome;
}

core::Job<std::monostate> RingSet::stop(uint16_t index) {
  auto stopping = device_.stop_queue(index);
  const virtio::VringBase base = co_await stopping;
  rings_[index].is_running = false;
  rings_[index].vring.set_base(base.value);
  co_return std::monostate{};
}

core::Job<Result<void>> RingSet::stop_all() {
  for (uint16_t i = 0; i < count(); ++i) {
    if (rings_[i].is_running) {
      auto stopping = stop(i);
      co_await stopping;
    }
  }
  auto clearing = settle_memory(Surroundings{});
  Result<void> cleared = co_await clearing;
  co_return cleared;
}

}  // namespace outrigger::vhost_user
