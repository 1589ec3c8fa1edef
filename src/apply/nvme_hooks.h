// How the NVMe kinds become real: subsystems, the addresses at which hosts reach them (OPI's controllers), and volumes
// as their namespaces. All three share one table.
#pragma once

#include "apply/nvme_table.h"
#include "apply/volume_table.h"
#include "core/clock.h"
#include "model/hooks.h"

#include <map>
#include <string>

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
  static Result<void> change(NvmeSubsystem& subsystem, const model::Intent& intent);

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
  // What was done through it; only while it is the one of its subsystem, since namespaces are what is counted.
  Result<model::VolumeCounters> stats(const model::Intent& intent) override;

 private:
  struct Controller {
    std::string address;
    bool is_alone = true;          // no other was beside it in its subsystem, ever
    model::VolumeCounters before;  // what its subsystem had counted when it came
  };
  Result<void> set_ana_states(NvmeSubsystem& subsystem, const nvme::Port& port, const model::Intent& intent);

  NvmeTable& table_;
  std::map<std::string, Controller, std::less<>> controllers_;  // by name
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
  static Result<void> change(NvmeSubsystem& subsystem, NvmeNamespace& space, const model::Intent& intent);
  [[nodiscard]] NvmeNamespace* find(const model::Intent& intent) noexcept;

  NvmeTable& table_;
  VolumeTable& volumes_;
  const core::Clock& clock_;
};

}  // namespace outrigger::apply
