#include "core/sim.h"

#include "base/check.h"
#include "core/uring.h"

#include <sched.h>

#include <algorithm>
#include <string>

namespace outrigger::core {
namespace {

// Looks at the descriptors, a moment apart, before a simulation whose rings are empty counts as stuck: what comes
// through a descriptor cannot be seen beforehand.
constexpr uint32_t idle_looks_max = 16;

}  // namespace

Simulation::Simulation(const SimulationOptions& options) : random_(options.seed) {
  check(options.reactor_count > 0, "a simulation has at least one reactor");
  for (uint32_t i = 0; i < options.reactor_count; ++i) {
    auto made = Reactor::create({.name = "sim" + std::to_string(i),
                                 .idle_spin_ns = 0,
                                 .uring_entries = options.uring_entries,
                                 .buffer_bytes = options.buffer_bytes},
                                clock_);
    check(made.has_value(), "a simulated reactor can be made");
    reactors_.push_back(std::move(*made));
  }
}

uint32_t Simulation::step() {
  const uint32_t work = reactors_[random_.below(reactors_.size())]->run_turn();
  if (work == 0 && is_everybody_idle()) {
    const uint64_t deadline_ns = next_deadline_ns();
    if (deadline_ns != UINT64_MAX && !waits_for_the_world()) {
      clock_.advance(deadline_ns - std::min(deadline_ns, clock_.now_ns()));
    }
  }
  return work;
}

// A turn of each, in their order; what they find is done.
bool Simulation::is_everybody_idle() {
  uint32_t work = 0;
  for (const auto& reactor : reactors_) {
    work += reactor->run_turn();
  }
  return work == 0;
}

uint64_t Simulation::next_deadline_ns() const noexcept {
  uint64_t earliest_ns = UINT64_MAX;
  for (const auto& reactor : reactors_) {
    earliest_ns = std::min(earliest_ns, reactor->next_deadline_ns());
  }
  return earliest_ns;
}

// Time stands still while the kernel works: in virtual time a disk is infinitely fast.
bool Simulation::waits_for_the_world() noexcept {
  return std::ranges::any_of(
      reactors_, [](const auto& reactor) { return reactor->has_uring() && reactor->uring().in_flight_count() != 0; });
}

bool Simulation::run_until(const std::function<bool()>& done) {
  uint32_t idle_looks = 0;
  while (!done()) {
    const uint64_t before_ns = clock_.now_ns();
    if (step() != 0 || clock_.now_ns() != before_ns) {
      idle_looks = 0;
      continue;
    }
    if (waits_for_the_world()) {
      ::sched_yield();
    } else if (!is_everybody_idle() || next_deadline_ns() != UINT64_MAX) {
      idle_looks = 0;
    } else if (++idle_looks > idle_looks_max) {
      return done();
    }
  }
  return true;
}

void Simulation::run_for(uint64_t ns) {
  const uint64_t end_ns = clock_.now_ns() + ns;
  for (;;) {
    while (reactors_[random_.below(reactors_.size())]->run_turn() != 0 || !is_everybody_idle()) {
    }
    const uint64_t now_ns = clock_.now_ns();
    if (now_ns >= end_ns) {
      return;
    }
    clock_.advance(std::max(std::min(next_deadline_ns(), end_ns), now_ns) - now_ns);
  }
}

}  // namespace outrigger::core
