// How the kinds of volumes become block devices: null, malloc (memory), aio (file), and the layers qos and encrypted.
#pragma once

#include "apply/volume_table.h"
#include "base/log.h"
#include "core/reactor.h"
#include "model/hooks.h"

#include <memory>
#include <string>

namespace outrigger::apply {

// What every kind of volume shares: it is a device in the table, found by id, with its counters.
class VolumeHooks : public model::Hooks {
 public:
  VolumeHooks(VolumeTable& volumes, std::string kind) : volumes_(volumes), kind_(std::move(kind)) {}
  core::Job<Result<void>> realise(model::Intent intent) final;
  core::Job<Result<void>> withdraw(model::Intent intent) final;
  void describe(const model::Intent& intent, model::Message& view) final;
  Result<model::VolumeCounters> stats(const model::Intent& intent) final;

 protected:
  // A new device for the resource.
  virtual Result<std::unique_ptr<block::Device>> make(const model::Intent& intent) = 0;
  // Changes the device in place; what cannot be changed was refused by the model already.
  virtual Result<void> change(const model::Intent& intent, block::Device& device) = 0;
  // The UUID clients asked for; empty for kinds that have none.
  [[nodiscard]] virtual std::string uuid_of(const model::Intent& intent) const = 0;

  VolumeTable& volumes_;

 private:
  std::string kind_;
};

class NullVolumeHooks final : public VolumeHooks {
 public:
  explicit NullVolumeHooks(VolumeTable& volumes) : VolumeHooks(volumes, "null") {}

 protected:
  Result<std::unique_ptr<block::Device>> make(const model::Intent& intent) override;
  Result<void> change(const model::Intent& intent, block::Device& device) override;
  [[nodiscard]] std::string uuid_of(const model::Intent& intent) const override;
};

class MallocVolumeHooks final : public VolumeHooks {
 public:
  // `bytes_max`: what all memory volumes together may promise. More than there is would end the daemon, and with it
  // every volume in memory, when guests write it.
  MallocVolumeHooks(VolumeTable& volumes, uint64_t bytes_max) : VolumeHooks(volumes, "malloc"), bytes_max_(bytes_max) {}

 protected:
  Result<std::unique_ptr<block::Device>> make(const model::Intent& intent) override;
  Result<void> change(const model::Intent& intent, block::Device& device) override;
  [[nodiscard]] std::string uuid_of(const model::Intent& intent) const override;

 private:
  // May volumes be `bytes` in all, when `id` is new or has another size?
  [[nodiscard]] Result<void> check_promise(const model::Intent& intent, uint64_t bytes) const;

  const uint64_t bytes_max_;
};

class AioVolumeHooks final : public VolumeHooks {
 public:
  // `clock`: the control reactor's.
  AioVolumeHooks(VolumeTable& volumes, const core::Clock& clock) : VolumeHooks(volumes, "aio"), clock_(clock) {}
  void observe(const model::Intent& intent, model::Message& into) override;

 protected:
  Result<std::unique_ptr<block::Device>> make(const model::Intent& intent) override;
  Result<void> change(const model::Intent& intent, block::Device& device) override;
  [[nodiscard]] std::string uuid_of(const model::Intent& intent) const override;

 private:
  [[nodiscard]] uint32_t lock_wait_left_ms();
  const core::Clock& clock_;
  uint64_t lock_wait_end_ns_ = 0;  // of all volumes that are restored; 0: none was yet
  log::Limiter limiter_;           // clients ask as often as they like
};

class QosVolumeHooks final : public VolumeHooks {
 public:
  // `clock`: the one of the reactors.
  QosVolumeHooks(VolumeTable& volumes, const core::Clock& clock) : VolumeHooks(volumes, "qos"), clock_(clock) {}

 protected:
  Result<std::unique_ptr<block::Device>> make(const model::Intent& intent) override;
  Result<void> change(const model::Intent& intent, block::Device& device) override;
  [[nodiscard]] std::string uuid_of(const model::Intent& intent) const override;

 private:
  const core::Clock& clock_;
};

class EncryptedVolumeHooks final : public VolumeHooks {
 public:
  explicit EncryptedVolumeHooks(VolumeTable& volumes) : VolumeHooks(volumes, "encrypted") {}
  Result<void> admit(const model::Intent& intent) override;

 protected:
  Result<std::unique_ptr<block::Device>> make(const model::Intent& intent) override;
  Result<void> change(const model::Intent& intent, block::Device& device) override;
  [[nodiscard]] std::string uuid_of(const model::Intent& intent) const override;
};

}  // namespace outrigger::apply
