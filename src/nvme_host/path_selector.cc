#include "nvme_host/path_selector.h"

#include "base/check.h"
#include "nvme_host/remote_limits.h"

#include <bit>

namespace outrigger::nvme_host {

// The next one in turn.
uint32_t PathSelector::after_latest(uint32_t usable) const noexcept {
  const uint32_t above = latest_ >= 31 ? 0 : usable & (UINT32_MAX << (latest_ + 1));
  return static_cast<uint32_t>(std::countr_zero(above != 0 ? above : usable));
}

// Equals take turns: the search begins behind the latest.
template <typename Cost>
uint32_t PathSelector::cheapest(uint32_t usable, Cost cost) const noexcept {
  const uint32_t first = after_latest(usable);
  uint32_t best = first;
  auto best_cost = cost(first);
  const uint32_t above = usable & (UINT32_MAX << first);
  for (uint32_t rest : {above, usable & ~above}) {
    for (; rest != 0; rest &= rest - 1) {
      const auto at = static_cast<uint32_t>(std::countr_zero(rest));
      if (const auto at_cost = cost(at); at_cost < best_cost) {
        best = at;
        best_cost = at_cost;
      }
    }
  }
  return best;
}

uint32_t PathSelector::fastest(uint32_t usable, std::span<const PathLoad> loads) const noexcept {
  const auto in_flight = [&](uint32_t at) { return loads[at].in_flight; };
  uint32_t measured = 0;
  for (uint32_t rest = usable; rest != 0; rest &= rest - 1) {
    const auto at = static_cast<uint32_t>(std::countr_zero(rest));
    measured |= loads[at].latency_ns != 0 ? 1U << at : 0U;
  }
  const uint32_t unmeasured = usable & ~measured;
  if (measured == 0) {
    return cheapest(usable, in_flight);
  }
  if (unmeasured != 0 && choices_ % latency_measure_interval == 0) {
    uint32_t rest = unmeasured;  // they take turns
    for (uint32_t turn = choices_ / latency_measure_interval % static_cast<uint32_t>(std::popcount(rest)); turn != 0;
         --turn) {
      rest &= rest - 1;
    }
    const auto at = static_cast<uint32_t>(std::countr_zero(rest));
    if (loads[at].in_flight < latency_measure_in_flight_max) {
      return at;
    }
  }
  return cheapest(measured, [&](uint32_t at) {
    return static_cast<unsigned __int128>(loads[at].latency_ns) * (loads[at].in_flight + 1U);
  });
}

uint32_t PathSelector::choose(uint32_t usable, std::span<const PathLoad> loads) noexcept {
  check(usable != 0, "somebody must be there to choose from");
  switch (selection_) {
    case PathSelection::ActivePassive:
      if (latest_ > 31 || (usable & (1U << latest_)) == 0) {
        latest_ = static_cast<uint32_t>(std::countr_zero(usable));
      }
      return latest_;
    case PathSelection::RoundRobin: break;
    case PathSelection::QueueDepth: return latest_ = cheapest(usable, [&](uint32_t at) { return loads[at].in_flight; });
    case PathSelection::Latency:
      if (++choices_ % latency_probe_interval == 0) {
        break;
      }
      return latest_ = fastest(usable, loads);
  }
  return latest_ = after_latest(usable);
}

}  // namespace outrigger::nvme_host
