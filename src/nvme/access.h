// AccessTable: what one controller may do with each namespace, decided by control: attachment (masking), ANA state and
// reservations together, boiled down to "allowed" or the status to refuse with. Immutable; control makes another one
// when anything changes and hands it to each of the controller's I/O queues.
#pragma once

#include "nvme/status.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace outrigger::nvme {

// A success allows. By default nothing is there.
struct Access {
  Status read = Status::final(StatusCode::InvalidNamespaceOrFormat);   // Read, Compare, Verify, the source of Copy
  Status write = Status::final(StatusCode::InvalidNamespaceOrFormat);  // whatever changes data, and Flush
  Status reservation = Status::final(StatusCode::InvalidNamespaceOrFormat);  // the reservation commands
};

class AccessTable {
 public:
  explicit AccessTable(uint32_t nsid_max) : by_nsid_(nsid_max) {}
  [[nodiscard]] uint32_t nsid_max() const noexcept { return static_cast<uint32_t>(by_nsid_.size()); }
  // `nsid` is 1 … nsid_max().
  void set(uint32_t nsid, const Access& access) { by_nsid_[nsid - 1] = access; }
  [[nodiscard]] const Access& of(uint32_t nsid) const noexcept {
    static constexpr Access nothing;
    return nsid - 1 < by_nsid_.size() ? by_nsid_[nsid - 1] : nothing;
  }

 private:
  std::vector<Access> by_nsid_;
};

// The namespaces that a fence is for.
class FencedNamespaces {
 public:
  // 0: all.
  FencedNamespaces(uint32_t nsid) noexcept : nsid_(nsid) {}
  // By identifier; shared, and not changed any more.
  explicit FencedNamespaces(std::shared_ptr<const std::vector<bool>> several) noexcept : several_(std::move(several)) {}
  [[nodiscard]] bool contains(uint32_t nsid) const noexcept {
    return several_ != nullptr ? nsid < several_->size() && (*several_)[nsid] : nsid_ == 0 || nsid == nsid_;
  }
  // 0: it is not one.
  [[nodiscard]] uint32_t single() const noexcept { return nsid_; }

 private:
  uint32_t nsid_ = 0;
  std::shared_ptr<const std::vector<bool>> several_;
};

}  // namespace outrigger::nvme
