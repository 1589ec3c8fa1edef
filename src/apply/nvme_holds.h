// NvmeHolds: subsystems that came from the store and whose namespaces are not all back. A host that came meanwhile
// would read a list of namespaces without them, and remove their disks with what is queued there: so it is told to come
// again. Control reactor only.
#pragma once

#include "core/reactor.h"
#include "model/hooks.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::apply {

class NvmeTable;

// Then it opens with what is there. Linux gives its disks up after 600 s (ctrl_loss_tmo).
inline constexpr uint64_t nvme_hold_ns_max = 300'000'000'000;
// How often it is looked whether what lacks was deleted.
inline constexpr uint64_t nvme_hold_look_ns = 1'000'000'000;
// Namespaces that a reason names.
inline constexpr size_t nvme_hold_named_max = 4;

class NvmeHolds {
 public:
  NvmeHolds(NvmeTable& table, core::Reactor& control, const model::FoundRows& rows);
  ~NvmeHolds();
  NvmeHolds(const NvmeHolds&) = delete;
  NvmeHolds& operator=(const NvmeHolds&) = delete;

  // The subsystem of this id was made as the store says: it is held where the store knows of namespaces.
  void restored(const std::string& id, const std::string& name);
  // A namespace of it is there now.
  void look(std::string_view id);
  // It goes.
  void forget(std::string_view id);
  [[nodiscard]] bool is_held(std::string_view id) const { return holds_.contains(id); }
  // Of one that is held: what it waits for.
  [[nodiscard]] std::string reason(std::string_view id) const;

 private:
  struct Hold {
    std::string name;
    uint64_t until_ns = 0;
  };
  using Holds = std::map<std::string, Hold, std::less<>>;
  // Names of the stored namespaces that are not there.
  [[nodiscard]] std::vector<std::string> missing(const std::string& id) const;
  // Whether the hold is over.
  bool look_at(const std::string& id, const Hold& hold);
  void look_at_all();

  NvmeTable& table_;
  core::Reactor& control_;
  const model::FoundRows& rows_;
  Holds holds_;  // by id of the subsystem
  core::Timer timer_;
};

}  // namespace outrigger::apply
