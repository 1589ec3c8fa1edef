// What is right of a PDU whoever sent it, and which fatal error it is where it is not (TCP Transport 1.0, sections 3.5
// and 3.6.2): what a target and a host both look at. Pure: looks at a header and at what was agreed, at nothing else.
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

// Which digests ICReq and ICResp agreed on.
struct Digests {
  bool header = false;
  bool data = false;

  // DGST
  static constexpr Digests of(uint8_t dgst) noexcept {
    return {.header = (dgst & digest_flag::Header) != 0, .data = (dgst & digest_flag::Data) != 0};
  }
  [[nodiscard]] constexpr uint8_t dgst() const noexcept {
    return static_cast<uint8_t>((header ? digest_flag::Header : 0U) | (data ? digest_flag::Data : 0U));
  }
  // Bytes of each.
  [[nodiscard]] constexpr uint32_t header_bytes() const noexcept { return header ? uint32_t{digest_bytes} : 0U; }
  [[nodiscard]] constexpr uint32_t data_bytes() const noexcept { return data ? uint32_t{digest_bytes} : 0U; }
};

enum class Sender : uint8_t { Host, Controller };

// What a PDU breaks; where it breaks more than one, the first of these.
enum class Rule : uint8_t {
  Type,    // one that this side does not send
  Hlen,    // not that of the type
  Hdgstf,  // not what was agreed
  Plen,    // less than the header, or not what a PDU without data has
  Ddgstf,  // not what was agreed
  Pdo,     // inside the header, or not aligned
  NoData,  // PLEN leaves no room for them
  Pfv,     // a PDU format version that we do not know
  Pda,     // HPDA or CPDA beyond pda_max
};
[[nodiscard]] Fault fault_of(Rule rule) noexcept;

// Which rule the common header of a PDU breaks that `sender` sent. Nothing: it may be received, at this point or
// another.
[[nodiscard]] std::optional<Rule> broken_rule(const CommonHeader& common, Sender sender, Digests digests) noexcept;
// The same of what ICReq and ICResp both say.
[[nodiscard]] std::optional<Rule> broken_rule(uint16_t pfv, uint8_t pda) noexcept;

// Where the parts of a PDU lie. Its common header has been checked.
struct Layout {
  uint32_t header_bytes;  // with its digest
  uint32_t data_at;
  uint32_t data_bytes;    // 0: none
  uint32_t digest_bytes;  // of the data
};
[[nodiscard]] Layout layout_of(const CommonHeader& common) noexcept;
// Bytes that must be there before a PDU is handled: of H2CData and C2HData, whose data go straight to where they
// belong, those before the data; of any other all. Its common header has been checked.
[[nodiscard]] uint32_t lead_bytes(const CommonHeader& common) noexcept;

}  // namespace outrigger::nvme_tcp
