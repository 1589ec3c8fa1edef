#include "nvme/error_location.h"

#include "nvme/error_log.h"
#include "nvme/fabrics_format.h"
#include "nvme/identify_format.h"
#include "nvme/limits.h"
#include "nvme/log_format.h"
#include "nvme/nvm_format.h"
#include "nvme/reservation_format.h"
#include "nvme_auth/limits.h"

#include <bit>

namespace outrigger::nvme {
namespace {

constexpr uint16_t at(uint32_t byte, uint32_t bit = 0) noexcept { return static_cast<uint16_t>(byte | bit << 8U); }

constexpr uint16_t at_nsid = at(4);
constexpr uint16_t at_cdw10 = at(40);
constexpr uint16_t at_cdw11 = at(44);
constexpr uint16_t at_log_offset = at(48);  // LPOL

constexpr uint16_t at_fctype = at(offsetof(PropertySqe, fctype));
constexpr uint16_t at_sgl = at(offsetof(Sqe, sgl));

// Of the fields that may be looked at, in the order in which they are (Authenticator::execute()); the length is all
// else that can be wrong.
uint16_t in_authentication(const Sqe& sqe) noexcept {
  const auto authentication = std::bit_cast<AuthenticationSqe>(sqe);
  if (sqe.cdw11 == 0 || sqe.cdw11 > nvme_auth::message_bytes_max) {
    return at(offsetof(AuthenticationSqe, length));
  }
  if (authentication.secp != security_protocol_nvme) {
    return at(offsetof(AuthenticationSqe, secp));
  }
  if (authentication.spsp0 != security_protocol_specific) {
    return at(offsetof(AuthenticationSqe, spsp0));
  }
  return authentication.spsp1 != security_protocol_specific ? at(offsetof(AuthenticationSqe, spsp1))
                                                            : at(offsetof(AuthenticationSqe, length));
}

uint16_t in_fabrics(const Sqe& sqe) noexcept {
  const auto type = static_cast<FabricsType>(sqe.fctype());
  if (type == FabricsType::AuthenticationSend || type == FabricsType::AuthenticationReceive) {
    return in_authentication(sqe);
  }
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
    case AdminOpcode::Fabrics: return in_fabrics(sqe);
    // CNTID, or CNS.
    case AdminOpcode::Identify: return static_cast<Cns>(sqe.cdw10 & 0xFFU) == Cns::CommandSets ? at(42) : at_cdw10;
    case AdminOpcode::GetLogPage: return in_get_log(sqe);
    case AdminOpcode::GetFeatures: return in_get_features(sqe, features);
    case AdminOpcode::SetFeatures: return in_set_features(sqe, features);
    case AdminOpcode::Abort: return at_cdw10;
    default: return nowhere;
  }
}

// The three that change a reservation, in the order in which their fields are judged (Base 2.0, 7.2 to 7.4).
uint16_t in_reservation(const Sqe& sqe) noexcept {
  constexpr uint16_t at_action = at(40);  // RREGA, RACQA, RRELA
  constexpr uint16_t at_iekey = at(40, 3);
  constexpr uint16_t at_rtype = at(41);
  constexpr uint16_t at_cptpl = at(43, 6);
  const ReservationFields fields(sqe);
  switch (static_cast<IoOpcode>(sqe.opcode)) {
    case IoOpcode::ReservationRegister: return is_action(RegisterAction{fields.action}) ? at_cptpl : at_action;
    case IoOpcode::ReservationAcquire:
      if (fields.ignores_key || !is_action(AcquireAction{fields.action})) {
        return fields.ignores_key ? at_iekey : at_action;
      }
      return is_type(fields.type) ? nowhere : at_rtype;  // what is left is PRKEY
    case IoOpcode::ReservationRelease:
      if (fields.ignores_key || !is_action(ReleaseAction{fields.action})) {
        return fields.ignores_key ? at_iekey : at_action;
      }
      return at_rtype;
    case IoOpcode::ReservationReport: return at_cdw10;  // NUMD
    default: return nowhere;
  }
}

}  // namespace

uint16_t control_error_location(const Sqe& sqe, Status status) noexcept {
  const bool is_fabrics = sqe.opcode == static_cast<uint8_t>(IoOpcode::Fabrics);
  switch (status.code()) {
    case StatusCode::InvalidField: return is_fabrics ? in_fabrics(sqe) : in_reservation(sqe);
    case StatusCode::InvalidOpcode: return is_fabrics ? at_fctype : at(0);
    case StatusCode::InvalidNamespaceOrFormat: return at_nsid;
    case StatusCode::DataSglLengthInvalid: return at_sgl;
    case StatusCode::HostIdInconsistentFormat: return at_cdw11;  // EDS
    default: return nowhere;
  }
}

uint16_t error_location(const Sqe& sqe, Status status, const Features& features) noexcept {
  switch (status.code()) {
    case StatusCode::InvalidField: return of_invalid_field(sqe, features);
    case StatusCode::InvalidOpcode: return sqe.opcode == static_cast<uint8_t>(AdminOpcode::Fabrics) ? at_fctype : at(0);
    case StatusCode::InvalidNamespaceOrFormat:
    case StatusCode::FeatureNotNamespaceSpecific: return at_nsid;
    case StatusCode::DataSglLengthInvalid: return at_sgl;
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
