// TelemetrySource: every counter there is, as an outrigger.v1.Telemetry. Control reactor; counters of data cores are
// read while they run.
#pragma once

#include "apply/disk_hooks.h"
#include "apply/nvme_table.h"
#include "apply/remote_hooks.h"
#include "apply/volume_table.h"
#include "outrigger/v1/telemetry.pb.h"

namespace outrigger::apply {

class TelemetrySource {
 public:
  TelemetrySource(Cores cores, const VolumeTable& volumes, const DiskHooks& disks, const NvmeTable& nvme,
                  const RemoteTable& remotes);
  // Answers a GetTelemetry.
  void fill(const outrigger::v1::GetTelemetryRequest& request, outrigger::v1::Telemetry& out) const;

 private:
  Cores cores_;
  const VolumeTable& volumes_;
  const DiskHooks& disks_;
  const NvmeTable& nvme_;
  const RemoteTable& remotes_;
  uint64_t start_time_ns_;
};

}  // namespace outrigger::apply
