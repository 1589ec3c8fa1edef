#include "nvme/log_effects.h"

namespace outrigger::nvme {

SupportedLogPages supported_log_pages(std::span<const LogPage> pages) noexcept {
  SupportedLogPages log;
  for (const LogPage page : pages) {
    log.page[static_cast<size_t>(page)] = 1;
  }
  return log;
}

CommandEffectsLog command_effects() noexcept {
  CommandEffectsLog log;
  for (const AdminOpcode opcode :
       {AdminOpcode::GetLogPage, AdminOpcode::Identify, AdminOpcode::Abort, AdminOpcode::SetFeatures,
        AdminOpcode::GetFeatures, AdminOpcode::AsyncEventRequest, AdminOpcode::KeepAlive}) {
    log.admin[static_cast<size_t>(opcode)] = effect::Supported;
  }
  for (const IoOpcode opcode :
       {IoOpcode::Flush, IoOpcode::Read, IoOpcode::Compare, IoOpcode::Verify, IoOpcode::ReservationRegister,
        IoOpcode::ReservationReport, IoOpcode::ReservationAcquire, IoOpcode::ReservationRelease}) {
    log.io[static_cast<size_t>(opcode)] = effect::Supported;
  }
  for (const IoOpcode opcode : {IoOpcode::Write, IoOpcode::WriteZeroes, IoOpcode::DatasetManagement, IoOpcode::Copy}) {
    log.io[static_cast<size_t>(opcode)] = effect::Supported | effect::ChangesData;
  }
  return log;
}

FeatureEffectsLog feature_effects(const Features& features) noexcept {
  FeatureEffectsLog log;
  for (const FeatureRow& row : features.rows()) {
    if (features.find(row.id) != nullptr) {
      log.feature[static_cast<size_t>(row.id)] =
          effect::Supported | (row.is_namespace_specific ? effect::NamespaceScope : effect::ControllerScope);
    }
  }
  return log;
}

}  // namespace outrigger::nvme
