// HostControllers: which controllers each host has, by its host identifier. A subsystem has thousands of both, and what
// reservations tell of hosts (reports, notices) is of thousands of them at a time: so it is looked up, host after host,
// in what was sorted once. A snapshot; control reactor.
#pragma once

#include "nvme/reservation.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace outrigger::nvme {

struct HostController {
  HostId host;
  uint16_t cntlid;
};

// `Less` orders hosts. It is a parameter so that a test can count how often it is asked.
template <typename Less = std::less<>>
class HostControllers {
 public:
  explicit HostControllers(std::vector<HostController> controllers, Less less = {})
      : controllers_(std::move(controllers)), less_(less) {
    std::ranges::sort(controllers_, [this](const HostController& one, const HostController& other) {
      return less_(one.host, other.host) || (!less_(other.host, one.host) && one.cntlid < other.cntlid);
    });
  }
  // By controller identifier.
  [[nodiscard]] std::span<const HostController> of(const HostId& host) const {
    return std::ranges::equal_range(controllers_, host, less_, &HostController::host);
  }

 private:
  std::vector<HostController> controllers_;
  Less less_;
};

}  // namespace outrigger::nvme
