// DiskHooks: makes VirtioBlk resources real, as disks.
#pragma once

#include "apply/disk.h"
#include "apply/host_table.h"
#include "apply/volume_table.h"
#include "model/hooks.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::apply {

class DiskHooks final : public model::Hooks {
 public:
  // `run_directory` is where the vhost-user sockets are made.
  DiskHooks(Cores cores, VolumeTable& volumes, HostTable& hosts, qemu::Plugger& plugger, std::string run_directory);

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
  [[nodiscard]] Result<DiskSpec> spec_of(const model::Intent& intent);
  [[nodiscard]] Disk* find(std::string_view id) noexcept;

  Cores cores_;
  VolumeTable& volumes_;
  HostTable& hosts_;
  qemu::Plugger& plugger_;
  std::string run_directory_;
  std::map<std::string, std::unique_ptr<Disk>, std::less<>> disks_;
};

}  // namespace outrigger::apply
