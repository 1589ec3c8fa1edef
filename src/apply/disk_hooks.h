// DiskHooks: makes VirtioBlk resources real, as disks.
#pragma once

#include "apply/disk.h"
#include "apply/host_table.h"
#include "apply/volume_table.h"
#include "model/hooks.h"

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::apply {

// Where things of disks are made.
struct DiskPlaces {
  std::string run;                         // directory of the vhost-user sockets
  std::string offers;                      // directory of what front ends were offered; made when it is needed
  mode_t socket_mode = 0600;               // of the sockets
  std::optional<gid_t> socket_group = {};  // of the sockets; none: the daemon's own
};

class DiskHooks final : public model::Hooks {
 public:
  // What is borrowed outlives the hooks; close_all() ends before they do.
  DiskHooks(Cores cores, VolumeTable& volumes, HostTable& hosts, qemu::Plugger& plugger, DiskPlaces places);
  ~DiskHooks() override;

  Result<void> admit(const model::Intent& intent) override;
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void observe(const model::Intent& intent, model::Message& into) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

  // Stops serving every disk, leaving it plugged: for the end of the daemon.
  core::Job<void> close_all();
  [[nodiscard]] std::vector<const Disk*> all() const;

 private:
  core::Job<Result<void>> make(model::Intent intent, DiskSpec spec);
  core::Job<void> erase(Disk* disk);
  [[nodiscard]] Result<DiskSpec> spec_of(const model::Intent& intent) const;
  [[nodiscard]] Disk* find(std::string_view id) noexcept;

  DiskWorld world_;
  VolumeTable& volumes_;
  DiskPlaces places_;
  std::map<std::string, std::unique_ptr<Disk>, std::less<>> disks_;
};

}  // namespace outrigger::apply
