// PathSelector: which of several usable paths takes the next command. One per channel, so that cores share nothing.
// Which paths are usable at all (live, ANA state, capabilities) is the channel's to say.
#pragma once

#include <cstdint>
#include <span>

namespace outrigger::nvme_host {

enum class PathSelection : uint8_t {
  ActivePassive,  // stays with one as long as it can be used, then the first of the others
  RoundRobin,
  QueueDepth,  // the one with the fewest commands in flight on this core
  Latency,     // the one expected to answer first: mean latency times what is in flight
};

struct PathLoad {
  uint32_t in_flight = 0;
  uint64_t latency_ns = 0;  // mean; 0: not measured yet
};

class PathSelector {
 public:
  explicit PathSelector(PathSelection selection = PathSelection::ActivePassive) noexcept : selection_(selection) {}

  void set(PathSelection selection) noexcept { selection_ = selection; }
  // Does choose() look at the loads?
  [[nodiscard]] bool needs_loads() const noexcept {
    return selection_ == PathSelection::QueueDepth || selection_ == PathSelection::Latency;
  }
  // There was no choice: `number` was the only one.
  void use(uint32_t number) noexcept { latest_ = number; }
  // One of the bits that are set in `usable`, which is not 0: the number of a path. `loads` by that number.
  [[nodiscard]] uint32_t choose(uint32_t usable, std::span<const PathLoad> loads) noexcept;

 private:
  [[nodiscard]] uint32_t after_latest(uint32_t usable) const noexcept;
  [[nodiscard]] uint32_t fastest(uint32_t usable, std::span<const PathLoad> loads) const noexcept;
  template <typename Cost>
  [[nodiscard]] uint32_t cheapest(uint32_t usable, Cost cost) const noexcept;

  PathSelection selection_;
  uint32_t latest_ = 31;  // so that a rotation begins with the first
  uint32_t choices_ = 0;
};

}  // namespace outrigger::nvme_host
