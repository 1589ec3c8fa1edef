// NvmeTable: the NVMe subsystems there are, by id, with the namespaces and addresses of each, and the places to listen
// that they share. The model withdraws children before their parents. Control reactor only.
#pragma once

#include "apply/nvme_holds.h"
#include "apply/nvme_keys.h"
#include "apply/nvme_plane.h"
#include "block/counters.h"
#include "model/hooks.h"
#include "volume/qos.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::apply {

// A volume behind the limits of a namespace.
struct NvmeNamespace {
  std::string name;  // "nvmeSubsystems/sub1/nvmeNamespaces/ns1"
  uint32_t nsid = 0;
  std::unique_ptr<volume::QosDevice> limits;  // what hosts did is counted here
  std::set<std::string> hosts;                // that see it; empty: all
};

struct NvmeSubsystem {
  std::unique_ptr<HealthFile> health;  // outlives the plane's subsystem; nullptr: there is none
  std::unique_ptr<nvme::Subsystem> plane;
  NamedHosts allowed_hosts;                                      // as the plane has them
  std::map<std::string, NvmeNamespace, std::less<>> namespaces;  // by name
  std::map<std::string, std::string, std::less<>> controllers;   // by name: where it is reached
  model::VolumeCounters retained;                                // of namespaces that are gone

  // What all namespaces did, ever.
  [[nodiscard]] model::VolumeCounters counters() const;
};

// What outlives the daemon of a subsystem or namespace, and goes with it when it is deleted.
struct NvmeKept {
  std::unique_ptr<HealthFile> health{};                     // nullptr: nothing
  std::optional<std::array<uint8_t, 16>> reservation_of{};  // a namespace's UUID
};

class NvmeTable {
 public:
  explicit NvmeTable(NvmePlane& plane) : plane_(plane) {}
  ~NvmeTable();
  NvmeTable(const NvmeTable&) = delete;
  NvmeTable& operator=(const NvmeTable&) = delete;

  [[nodiscard]] NvmePlane& plane() noexcept { return plane_; }

  // The subsystem of this id; nullptr: it is not realised (yet).
  [[nodiscard]] NvmeSubsystem* find(std::string_view id) noexcept;
  void add(std::string id, NvmeSubsystem subsystem);
  // Takes a closed one away.
  void remove(std::string_view id);
  [[nodiscard]] std::vector<const NvmeNamespace*> namespaces() const;
  // By id.
  [[nodiscard]] const std::map<std::string, NvmeSubsystem, std::less<>>& subsystems() const noexcept {
    return subsystems_;
  }

  // Subsystems that come from the store take no hosts until their namespaces are back; without this they take them at
  // once. Both outlive close_all().
  void hold_restored(core::Reactor& control, const model::FoundRows& rows);
  // nullptr: nothing is held.
  [[nodiscard]] NvmeHolds* holds() const noexcept { return holds_.get(); }

  // -- what is kept of resources that are being deleted: only when the store has said yes it goes. Until then the
  // resource may come back, with all that is kept of it.
  void withdrawn(std::string name, NvmeKept kept);
  [[nodiscard]] bool is_withdrawn(std::string_view name) const { return withdrawn_.contains(name); }
  void came_back(std::string_view name);
  // The resource is deleted; of others nothing happens.
  void deleted(std::string_view name);

  // -- places to listen, by model::nvme_address(); subsystems share them. `port`: where, as the operator wrote it.
  Result<const nvme::Port*> take_port(const std::string& address, nvme::Port port);
  // nullptr: nobody took it.
  [[nodiscard]] const nvme::Port* port_at(std::string_view address) const noexcept;
  // `user`, a controller by name, wants no hosts in the clear there, or takes them. The address takes none as soon as
  // one user wants none: there is no telling at the door which subsystem a host is for.
  // What that takes away is settled with `since`, as withdrawals_at() gave it before.
  void require_tls(std::string_view address, const std::string& user, bool is_required);
  // Subsystems that are reached there, by id, with their withdrawal_count().
  using Withdrawals = std::vector<std::pair<std::string, uint64_t>>;
  [[nodiscard]] Withdrawals withdrawals_at(std::string_view address) const;
  // nvme::Subsystem::settle() of each, side by side: all of them take no longer than one may. The first error that
  // came.
  core::Job<Result<void>> settle(Withdrawals since);
  // The last one closes it; ends when that is done.
  core::Job<void> give_back_port(std::string address, std::string user);

  // Ends everything: for the end of the daemon.
  core::Job<void> close_all();

 private:
  struct Place {
    std::unique_ptr<NvmeListener> listener;
    size_t user_count = 0;
    std::set<std::string> requires_tls;  // users, by name
  };
  [[nodiscard]] Result<uint16_t> free_port_id() const;

  NvmePlane& plane_;
  std::map<std::string, NvmeSubsystem, std::less<>> subsystems_;
  std::map<std::string, Place, std::less<>> places_;
  std::unique_ptr<NvmeHolds> holds_;
  std::map<std::string, NvmeKept, std::less<>> withdrawn_;  // by name
};

// "sub1" of "nvmeSubsystems/sub1/nvmeNamespaces/ns1".
[[nodiscard]] std::string_view subsystem_id_of(std::string_view name) noexcept;

}  // namespace outrigger::apply
