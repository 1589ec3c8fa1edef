// The table of kinds: what each OPI storage kind and each kind of our own asks of its values, and what it
// refers to. A new kind is a new function here, its file of checks, and a line in add_standard_kinds().
#pragma once

#include "model/model.h"

#include <string>

namespace outrigger::model {

[[nodiscard]] KindSpec null_volume_kind();
[[nodiscard]] KindSpec malloc_volume_kind();
[[nodiscard]] KindSpec aio_volume_kind();
[[nodiscard]] KindSpec qos_volume_kind();
[[nodiscard]] KindSpec encrypted_volume_kind();
[[nodiscard]] KindSpec virtio_blk_kind();
[[nodiscard]] KindSpec host_kind();
[[nodiscard]] KindSpec nvme_subsystem_kind();
[[nodiscard]] KindSpec nvme_controller_kind();
[[nodiscard]] KindSpec nvme_namespace_kind();
[[nodiscard]] KindSpec nvme_remote_controller_kind();
[[nodiscard]] KindSpec nvme_path_kind();
[[nodiscard]] KindSpec nvme_remote_namespace_kind();

// What makes each kind real; all outlive the model.
struct StandardHooks {
  Hooks& host;
  Hooks& null_volume;
  Hooks& malloc_volume;
  Hooks& aio_volume;
  Hooks& qos_volume;
  Hooks& encrypted_volume;
  Hooks& virtio_blk;
  Hooks& nvme_subsystem;
  Hooks& nvme_controller;
  Hooks& nvme_namespace;
  Hooks& nvme_remote_controller;
  Hooks& nvme_path;
  Hooks& nvme_remote_namespace;
};

// All kinds of this version, the views of outrigger.v1 (VolumeService, DeviceService, NvmeStateService) and
// InventoryService reading the machine under `root` ("/"; tests give another). TelemetryService is left to whoever has
// the counters: model.add_method("outrigger.v1.TelemetryService.GetTelemetry", …).
void add_standard_kinds(Model& model, const StandardHooks& hooks, const std::string& root = "/");

// VolumeService and DeviceService: one view over the rows of every kind. views.cc.
void add_views(Model& model);
// NvmeStateService: subsystems with all that belongs to them. views_nvme.cc.
void add_nvme_views(Model& model);
// NvmeRemoteStateService: remote controllers with all that belongs to them. views_nvme_remote.cc.
void add_nvme_remote_views(Model& model);

}  // namespace outrigger::model
