// How the NVMe kinds become real: subsystems, the addresses at which hosts reach them (OPI's controllers), and volumes
// as their namespaces. All three share one table. A change that takes a right away from hosts is made when what they
// sent before has ended (nvme::Subsystem::settle()); where that does not end in time, all is as it was.
#pragma once

#include "apply/nvme_table.h"
#include "apply/volume_table.h"
#include "core/clock.h"
#include "model/hooks.h"

#include <string>

namespace outrigger::v1 {
class NvmeNamespaceOptions;
}

namespace outrigger::apply {

class NvmeSubsystemHooks final : public model::Hooks {
 public:
  // `firmware`: the revision that hosts see, at most 8 characters.
  NvmeSubsystemHooks(NvmeTable& table, std::string firmware) : table_(table), firmware_(std::move(firmware)) {}
  Result<void> admit(const model::Intent& intent) override;
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void observe(const model::Intent& intent, model::Message& into) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

 private:
  Result<void> make(const model::Intent& intent);
  static core::Job<Result<void>> change(NvmeSubsystem* subsystem, model::Intent intent);

  NvmeTable& table_;
  std::string firmware_;
};

class NvmeControllerHooks final : public model::Hooks {
 public:
  explicit NvmeControllerHooks(NvmeTable& table) : table_(table) {}
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void observe(const model::Intent& intent, model::Message& into) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  // What the hosts that came through it did.
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

 private:
  core::Job<Result<void>> make(model::Intent intent);
  core::Job<Result<void>> change(model::Intent intent);
  // Where the controller is reached, and of which subsystem; no subsystem: it is not realised.
  struct Place {
    NvmeSubsystem* subsystem = nullptr;
    const nvme::Port* port = nullptr;
  };
  [[nodiscard]] Place find(const model::Intent& intent) const;

  NvmeTable& table_;
};

class NvmeNamespaceHooks final : public model::Hooks {
 public:
  // `clock`: the one of the reactors.
  NvmeNamespaceHooks(NvmeTable& table, VolumeTable& volumes, const core::Clock& clock)
      : table_(table), volumes_(volumes), clock_(clock) {}
  Result<void> admit(const model::Intent& intent) override;
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void observe(const model::Intent& intent, model::Message& into) override;
  void describe(const model::Intent& intent, model::Message& view) override;
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

 private:
  core::Job<Result<void>> make(model::Intent intent);
  static Result<void> set(NvmeSubsystem& subsystem, NvmeNamespace& space,
                          const outrigger::v1::NvmeNamespaceOptions& options);
  static core::Job<Result<void>> change(NvmeSubsystem* subsystem, NvmeNamespace* space, model::Intent intent);
  [[nodiscard]] NvmeNamespace* find(const model::Intent& intent) noexcept;

  NvmeTable& table_;
  VolumeTable& volumes_;
  const core::Clock& clock_;
};

}  // namespace outrigger::apply
