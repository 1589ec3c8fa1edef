#include "nvme/error_location.h"

#include "nvme/error_log.h"
#include "nvme/fabrics_format.h"
#include "nvme/identify_format.h"
#include "nvme/limits.h"
#include "nvme/log_format.h"
#include "nvme/nvm_format.h"

#include <bit>

namespace outrigger::nvme {
namespace {

constexpr uint16_t at(uint32_t byte, uint32_t bit = 0) noexcept { return static_cast<uint16_t>(byte | bit << 8U); }

constexpr uint16_t at_nsid = at(4);
constexpr uint16_t at_cdw10 = at(40);
constexpr uint16_t at_cdw11 = at(44);
constexpr uint16_t at_log_offset = at(48);  // LPOL

uint16_t in_property(const Sqe& sqe) noexcept {
  const auto property = std::bit_cast<PropertySqe>(sqe);
  return (property.attributes & 7U) > 1 ? at(offsetof(PropertySqe, attributes)) : at(offsetof(PropertySqe, offset));
}

uint16_t in_get_log(const Sqe& sqe) noexcept {
  const GetLogPageFields fields(sqe);
  const auto page = static_cast<LogPage>(fields.page);
  if (page == LogPage::Smart && sqe.nsid != 0 && sqe.nsid != nsid_all) {
    return at_nsid;
  }
  if (page == LogPage::CommandEffects && fields.command_set != 0) {
    return at(59);  // CSI
  }
  if (fields.is_offset_index) {
    return at(58, 7);  // OT
  }
  return (fields.offset & 3U) == 0 && fields.bytes > mdts_bytes ? at(42) : at_log_offset;  // NUMDL
}

uint16_t in_get_features(const Sqe& sqe, const Features& features) noexcept {
  const FeatureFields fields(sqe);
  if (features.find(fields.id) == nullptr) {
    return at_cdw10;
  }
  return fields.select > static_cast<uint8_t>(FeatureSelect::Supported) ? at(41) : at_nsid;
}

uint16_t in_set_features(const Sqe& sqe, const Features& features) noexcept {
  const FeatureRow* const row = features.find(FeatureFields(sqe).id);
  if (row == nullptr) {
    return at_cdw10;
  }
  return row->set_bytes != 0 ? nowhere : at_cdw11;  // what is wrong with data is not in the command
}

uint16_t of_invalid_field(const Sqe& sqe, const Features& features) noexcept {
  if (sqe.psdt() != 1) {
    return at(1, 6);
  }
  if (sqe.fuse() != Fuse::Normal) {
    return at(1);
  }
  switch (static_cast<AdminOpcode>(sqe.opcode)) {
    case AdminOpcode::Fabrics: return in_property(sqe);
    // CNTID, or CNS.
    case AdminOpcode::Identify: return static_cast<Cns>(sqe.cdw10 & 0xFFU) == Cns::CommandSets ? at(42) : at_cdw10;
    case AdminOpcode::GetLogPage: return in_get_log(sqe);
    case AdminOpcode::GetFeatures: return in_get_features(sqe, features);
    case AdminOpcode::SetFeatures: return in_set_features(sqe, features);
    case AdminOpcode::Abort: return at_cdw10;
    default: return nowhere;
  }
}

}  // namespace

uint16_t error_location(const Sqe& sqe, Status status, const Features& features) noexcept {
  switch (status.code()) {
    case StatusCode::InvalidField: return of_invalid_field(sqe, features);
    case StatusCode::InvalidOpcode:
      return sqe.opcode == static_cast<uint8_t>(AdminOpcode::Fabrics) ? at(offsetof(PropertySqe, fctype)) : at(0);
    case StatusCode::InvalidNamespaceOrFormat:
    case StatusCode::FeatureNotNamespaceSpecific: return at_nsid;
    case StatusCode::DataSglLengthInvalid: return at(offsetof(Sqe, sgl));
    case StatusCode::InvalidLogPage:
    case StatusCode::FeatureNotChangeable: return at_cdw10;
    case StatusCode::FeatureNotSaveable: return at(43, 7);  // SV
    case StatusCode::HostIdInconsistentFormat:
    case StatusCode::KeepAliveTimeoutInvalid: return at_cdw11;
    case StatusCode::IoCommandSetNotSupported: return at(47);  // CSI
    default: return nowhere;
  }
}

}  // namespace outrigger::nvme
