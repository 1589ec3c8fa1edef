// NvmNamespace: one namespace of a subsystem as control knows it.
#pragma once

#include "block/device.h"
#include "nvme/pair_lock.h"
#include "nvme/reservation.h"
#include "nvme/subsystem.h"

#include <memory>
#include <set>
#include <string>

namespace outrigger::nvme {

struct NvmNamespace {
  NamespaceOptions options;
  block::Device* device = nullptr;
  std::set<std::string, std::less<>> hosts{};  // that may see it, beside is_visible_to_all
  Reservation reservation{};
  std::unique_ptr<PairLock> pair_lock{};  // nullptr: the device can compare and write in one request
  // All data cores have it open: access tables let commands through.
  bool is_open = false;
  // Hosts are told of it. Later than is_open when it comes, and not any more as soon as it begins to go.
  bool is_told = false;

  [[nodiscard]] bool is_visible_to(std::string_view hostnqn) const {
    return options.is_visible_to_all || hosts.contains(hostnqn);
  }
};

}  // namespace outrigger::nvme
