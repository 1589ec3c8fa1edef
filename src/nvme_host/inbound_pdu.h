// Which PDUs of a target are right, and which fatal error a wrong one is: what a host asks of them beyond what holds at
// both ends (nvme_tcp/pdu_rules.h), and the words for it. Pure: looks at a header and at what was agreed, at nothing
// else.
#pragma once

#include "nvme_tcp/pdu_rules.h"

#include <cstdint>
#include <optional>

namespace outrigger::nvme_host {

// What is wrong, as H2CTermReq says it, and for a person.
struct PduFault {
  nvme_tcp::FatalError error = nvme_tcp::FatalError::InvalidPduHeaderField;
  uint32_t information = 0;  // FEI
  const char* what = "";     // a literal
};

using nvme_tcp::Digests;

// The common header of a PDU that came after ICResp.
[[nodiscard]] std::optional<PduFault> check_common(const nvme_tcp::CommonHeader& common, Digests digests) noexcept;
// The common header of what must be an ICResp, or a C2HTermReq in its place.
[[nodiscard]] std::optional<PduFault> check_first(const nvme_tcp::CommonHeader& common) noexcept;
// The rest of an ICResp that answers what was asked for.
[[nodiscard]] std::optional<PduFault> check_icresp(const nvme_tcp::ICResp& icresp, Digests asked) noexcept;
// The length of a C2HData PDU's data against its PLEN. The common header has been checked.
[[nodiscard]] std::optional<PduFault> check_data_length(const nvme_tcp::DataPdu& data) noexcept;

// What a C2HTermReq complains of.
[[nodiscard]] const char* describe(nvme_tcp::FatalError error) noexcept;

}  // namespace outrigger::nvme_host
