// CoreShares: how many queues of disks each data core serves, so that the next disk begins where there are the fewest:
// many disks of one queue spread over the cores as one disk of many queues does. Control reactor only.
#pragma once

#include "base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace outrigger::apply {

class CoreShares {
 public:
  explicit CoreShares(size_t core_count) : queues_(core_count, 0) { check(core_count > 0, "there is a data core"); }

  // Counts a disk of `queue_count` queues, the i-th of which is served by core (first + i) modulo the number of cores;
  // gives `first`.
  [[nodiscard]] size_t take(uint16_t queue_count) {
    const auto first = static_cast<size_t>(std::ranges::min_element(queues_) - queues_.begin());
    count(first, queue_count, 1);
    return first;
  }
  void give_back(size_t first, uint16_t queue_count) { count(first, queue_count, -1); }
  // Of one core.
  [[nodiscard]] int64_t queue_count(size_t core) const { return queues_[core]; }

 private:
  void count(size_t first, uint16_t queue_count, int64_t change) {
    for (size_t i = 0; i < queue_count; ++i) {
      queues_[(first + i) % queues_.size()] += change;
    }
  }
  std::vector<int64_t> queues_;
};

}  // namespace outrigger::apply
