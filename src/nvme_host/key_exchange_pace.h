// KeyExchangePace: how much of the control reactor's time key exchanges may take. One exchange takes up to tens of
// milliseconds in the largest group, a target chooses the group, and a hundred paths may come back in one moment: after
// each exchange there is a rest that is longer the longer it took. One for all paths of a control reactor, which it
// belongs to.
#pragma once

#include "nvme_host/limits.h"

#include <algorithm>
#include <cstdint>

namespace outrigger::nvme_host {

class KeyExchangePace {
 public:
  // When the next one may begin: it may when this is not after `now_ns`.
  [[nodiscard]] uint64_t earliest_ns() const noexcept { return earliest_ns_; }
  void took(uint64_t begin_ns, uint64_t end_ns) noexcept {
    const uint64_t cost_ns = end_ns > begin_ns ? end_ns - begin_ns : 0;
    earliest_ns_ = std::max(earliest_ns_, end_ns + cost_ns * (key_exchange_share - 1));
  }

 private:
  uint64_t earliest_ns_ = 0;
};

}  // namespace outrigger::nvme_host
