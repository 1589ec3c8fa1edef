// Which PDUs of a host are right, and which fatal error a wrong one is (TCP Transport 1.0, sections 3.5 and 3.6.2).
#pragma once

#include "nvme_tcp/pdu.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace outrigger::nvme_tcp {

struct Fault {
  FatalError error;
  uint32_t information = 0;  // FEI
  friend bool operator==(const Fault&, const Fault&) = default;
};
constexpr Fault invalid_field(size_t offset) noexcept {
  return {FatalError::InvalidPduHeaderField, static_cast<uint32_t>(offset)};
}

// What ICReq and ICResp agreed on.
struct Agreement {
  bool has_header_digest = false;
  bool has_data_digest = false;
  uint8_t hpda = 0;
};

// The common header of a PDU that a host sent. Nothing: the PDU may be received.
[[nodiscard]] std::optional<Fault> check_common(const CommonHeader& common, const Agreement& agreement) noexcept;
// The rest of an ICReq.
[[nodiscard]] std::optional<Fault> check_icreq(const ICReq& icreq) noexcept;

// Where the parts of a PDU lie. Its common header has been checked.
struct Layout {
  uint32_t header_bytes;  // with its digest
  uint32_t data_at;
  uint32_t data_bytes;    // 0: none
  uint32_t digest_bytes;  // of the data
};
[[nodiscard]] Layout layout_of(const CommonHeader& common) noexcept;

}  // namespace outrigger::nvme_tcp
