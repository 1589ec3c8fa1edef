#include "nvme_tcp/pdu_check.h"

#include "nvme_tcp/limits.h"

namespace outrigger::nvme_tcp {

std::optional<Fault> check_common(const CommonHeader& common, Digests digests) noexcept {
  const auto type = static_cast<PduType>(common.type);
  // More than MAXH2CDATA has an error of its own, told when DATAL is seen; here is only what PLEN can hold.
  if (type == PduType::H2CData && common.hlen == sizeof(DataPdu) && common.plen > 2 * maxh2cdata_bytes) {
    return Fault{FatalError::DataTransferLimitExceeded};
  }
  if (const auto rule = broken_rule(common, Sender::Host, digests)) {
    return fault_of(*rule);
  }
  if (type == PduType::CapsuleCmd && layout_of(common).data_bytes > in_capsule_bytes_max) {
    return fault_of(Rule::Plen);
  }
  return std::nullopt;
}

std::optional<Fault> check_icreq(const ICReq& icreq) noexcept {
  const auto rule = broken_rule(icreq.pfv, icreq.hpda);
  return rule.has_value() ? std::optional(fault_of(*rule)) : std::nullopt;
}

}  // namespace outrigger::nvme_tcp
