// Pace: how fast a peer moves bytes that it owes us (or that we owe it): what was owed when a window began, but no more
// than progress_bytes_min, has to have moved before the window is over. A slow link lives; one byte now and then does
// not count as being alive.
#pragma once

#include "nvme_tcp/limits.h"

#include <algorithm>
#include <cstdint>

namespace outrigger::nvme_tcp {

class Pace {
 public:
  // `moved`: bytes ever; `left`: bytes still owed, 0 when nothing is.
  void note(uint64_t now_ns, uint64_t moved, uint64_t left) noexcept {
    if (left == 0) {
      stop();
    } else if (since_ns_ == 0 || moved >= goal_) {
      since_ns_ = now_ns;
      goal_ = moved + std::min(left, progress_bytes_min);
    }
  }
  void stop() noexcept { since_ns_ = 0; }
  [[nodiscard]] bool is_over(uint64_t now_ns) const noexcept {
    return since_ns_ != 0 && now_ns - since_ns_ >= stall_ns_max;
  }

 private:
  uint64_t since_ns_ = 0;  // 0: nothing is owed
  uint64_t goal_ = 0;      // of `moved`
};

}  // namespace outrigger::nvme_tcp
