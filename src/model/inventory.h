// Inventory: what this machine is made of, read from /sys and /proc.
#pragma once

#include "core/clock.h"
#include "inventory/inventory.pb.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace outrigger::model {

// Reads the machine whose file system is mounted at `root` ("/" for this one). What is missing, or readable
// only to root, is left empty; it never fails. Reads files, so it takes some milliseconds. Any thread.
[[nodiscard]] opi_api::inventory::v1::Inventory read_inventory(const std::string& root);

// The same for callers that may ask as often as they like: machines change rarely, and the control reactor has
// others to serve. What it gives is at most inventory_age_ns_max old (limits.h). One thread.
class InventoryCache {
 public:
  // `clock` outlives the cache.
  InventoryCache(std::string root, const core::Clock& clock) : root_(std::move(root)), clock_(clock) {}
  [[nodiscard]] const opi_api::inventory::v1::Inventory& get();

 private:
  std::string root_;
  const core::Clock& clock_;
  std::optional<opi_api::inventory::v1::Inventory> read_;
  uint64_t read_at_ns_ = 0;
};

}  // namespace outrigger::model
