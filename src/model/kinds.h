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

// What makes each kind real; all outlive the model.
struct StandardHooks {
  Hooks& host;
  Hooks& null_volume;
  Hooks& malloc_volume;
  Hooks& aio_volume;
  Hooks& qos_volume;
  Hooks& encrypted_volume;
  Hooks& virtio_blk;
};

// All kinds of this version, the views of outrigger.v1 (VolumeService, DeviceService) and InventoryService
// reading the machine under `root` ("/"; tests give another). TelemetryService is left to whoever has the
// counters: model.add_method("outrigger.v1.TelemetryService.GetTelemetry", …).
void add_standard_kinds(Model& model, const StandardHooks& hooks, const std::string& root = "/");

// VolumeService and DeviceService: one view over the rows of every kind. views.cc.
void add_views(Model& model);

}  // namespace outrigger::model
