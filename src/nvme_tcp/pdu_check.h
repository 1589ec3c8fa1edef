// Which PDUs of a host are right, and which fatal error a wrong one is: what a target asks of them beyond what holds at
// both ends (pdu_rules.h).
#pragma once

#include "nvme_tcp/pdu_rules.h"

#include <cstdint>
#include <optional>

namespace outrigger::nvme_tcp {

// What ICReq and ICResp agreed on.
struct Agreement {
  Digests digests;
  uint8_t hpda = 0;
};

// The common header of a PDU that a host sent. Nothing: the PDU may be received.
[[nodiscard]] std::optional<Fault> check_common(const CommonHeader& common, Digests digests) noexcept;
// The rest of an ICReq.
[[nodiscard]] std::optional<Fault> check_icreq(const ICReq& icreq) noexcept;

}  // namespace outrigger::nvme_tcp
