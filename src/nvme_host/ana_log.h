// The ANA log page (Base 2.0, 5.16.1.13) as a table: which group is in which state, and which namespaces are in it.
// What a target wrote there is cut where it does not hold together.
#pragma once

#include "nvme_host/path.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>

namespace outrigger::nvme_host {

class AnaLog {
 public:
  // Groups and namespaces as far as `log` holds them.
  static AnaLog parse(std::span<const std::byte> log);

  // The state of a namespace: that of the group it says to be in, or that the log puts it in. Without any: Optimized.
  [[nodiscard]] PathAnaState state_of(uint32_t nsid, uint32_t group) const;
  // The groups in the state Change.
  [[nodiscard]] std::set<uint32_t> changing() const;
  [[nodiscard]] uint64_t change_count() const noexcept { return change_count_; }

 private:
  uint64_t change_count_ = 0;
  std::map<uint32_t, PathAnaState> by_group_;
  std::map<uint32_t, uint32_t> group_of_;
};

}  // namespace outrigger::nvme_host
