// Strangers: who is not ready yet, at one port or at all ports together, in the order in which they came; and whoever
// was sent away for newcomers and is not gone yet. Who is full has room for who comes now rather than for who came long
// ago and is still not ready: strangers that say nothing keep nobody out. Control reactor.
#pragma once

#include "nvme_tcp/limits.h"

#include <algorithm>
#include <cstdint>
#include <map>

namespace outrigger::nvme_tcp {

// A connection that is not ready.
class Stranger {
 public:
  virtual ~Stranger() = default;
  // It has to go: says so with displaced() to the strangers of its port, and ends.
  virtual void displace() noexcept = 0;
};

class Strangers {
 public:
  // `all`: those of all ports, which outlive this; whatever happens here is told there. nullptr: these are all.
  explicit Strangers(Strangers* all = nullptr) noexcept : all_(all) {}
  Strangers(const Strangers&) = delete;
  Strangers& operator=(const Strangers&) = delete;

  // Numbers are given in the order in which connections come, at any port.
  void add(uint64_t number, Stranger& stranger);
  // It is no stranger any more, or it goes.
  void forget(uint64_t number) noexcept;
  // It is on its way out.
  void displaced(uint64_t number) noexcept;
  // One that was displaced is gone.
  void displaced_is_gone() noexcept;

  // The oldest other than `spared`. False: there is none, or enough are on their way out.
  [[nodiscard]] bool displace_oldest(uint64_t spared = 0) noexcept;
  // Of `count` connections, of which there may be `count_max`: there is room for one more, perhaps because a stranger
  // was sent away.
  [[nodiscard]] bool make_room(uint64_t count, uint32_t count_max) noexcept {
    return count - displaced_count_ < count_max || displace_oldest();
  }

  [[nodiscard]] uint32_t displaced_count() const noexcept { return displaced_count_; }
  // So many others than `spared` could be sent away now.
  [[nodiscard]] uint64_t displaceable_count(uint64_t spared) const noexcept {
    const uint64_t others = strangers_.size() - strangers_.count(spared);
    return std::min<uint64_t>(others, displaced_max - std::min(displaced_count_, displaced_max));
  }

 private:
  Strangers* const all_;
  std::map<uint64_t, Stranger*> strangers_;  // not ready and not displaced
  uint32_t displaced_count_ = 0;
};

}  // namespace outrigger::nvme_tcp
