// MemoryTable: the regions that a front end shares, as it describes them, and the virtio::GuestMemory they
// make. A change makes a whole new version; what did not change keeps its mapping, so that rings that lie in
// it stay where they are. Control thread.
#pragma once

#include "base/result.h"
#include "vhost_user/message.h"
#include "vhost_user/shared_mapping.h"
#include "virtio/guest_memory.h"

#include <memory>
#include <span>
#include <vector>

namespace outrigger::vhost_user {

class MemoryTable {
 public:
  MemoryTable() = default;
  explicit MemoryTable(std::shared_ptr<BreakSignal> signal) noexcept : signal_(std::move(signal)) {}

  // SET_MEM_TABLE: `fds[i]` belongs to `regions[i]`. On an error nothing changed.
  Result<void> set(std::span<const RegionDescription> regions, std::span<const UniqueFd> fds);
  // ADD_MEM_REG.
  Result<void> add(const RegionDescription& region, const UniqueFd& fd);
  // REM_MEM_REG: the region with the same guest address, user address and size.
  Result<void> remove(const RegionDescription& region);
  void clear();

  // The version that the last change made; nullptr while there are no regions.
  [[nodiscard]] const std::shared_ptr<const virtio::GuestMemory>& memory() const noexcept { return memory_; }
  [[nodiscard]] size_t region_count() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    RegionDescription description;
    std::shared_ptr<SharedMapping> mapping;
  };
  Result<Entry> map(const RegionDescription& region, const UniqueFd& fd, size_t number) const;
  Result<void> adopt(std::vector<Entry> entries);

  std::shared_ptr<BreakSignal> signal_;
  std::vector<Entry> entries_;
  std::shared_ptr<const virtio::GuestMemory> memory_;
};

}  // namespace outrigger::vhost_user
