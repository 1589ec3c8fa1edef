#include "nvme_tcp/pdu_check.h"

#include "nvme_tcp/limits.h"

namespace outrigger::nvme_tcp {
namespace {

constexpr size_t type_at = offsetof(CommonHeader, type);
constexpr size_t flags_at = offsetof(CommonHeader, flags);
constexpr size_t hlen_at = offsetof(CommonHeader, hlen);
constexpr size_t pdo_at = offsetof(CommonHeader, pdo);
constexpr size_t plen_at = offsetof(CommonHeader, plen);

// 0: not a PDU that a host sends.
constexpr size_t hlen_of(PduType type) noexcept {
  switch (type) {
    case PduType::ICReq: return sizeof(ICReq);
    case PduType::H2CTermReq: return sizeof(TermReq);
    case PduType::CapsuleCmd: return sizeof(CapsuleCmd);
    case PduType::H2CData: return sizeof(DataPdu);
    default: return 0;
  }
}

// CapsuleCmd and H2CData: digests, padding and data.
std::optional<Fault> check_parts(const CommonHeader& common, const Agreement& agreement, uint32_t data_bytes_max) {
  const uint32_t plen = common.plen;
  if (((common.flags & flag::Hdgstf) != 0) != agreement.has_header_digest) {
    return invalid_field(flags_at);
  }
  const uint32_t header_bytes = common.hlen + (agreement.has_header_digest ? uint32_t{digest_bytes} : 0U);
  if (plen < header_bytes) {
    return invalid_field(plen_at);
  }
  const bool has_data = plen > header_bytes;
  if (((common.flags & flag::Ddgstf) != 0) != (has_data && agreement.has_data_digest)) {
    return invalid_field(flags_at);
  }
  if (!has_data) {
    return std::nullopt;
  }
  // Our CPDA is 0: the data begin at a multiple of four.
  if (common.pdo < header_bytes || common.pdo % pda_bytes(0) != 0) {
    return invalid_field(pdo_at);
  }
  const uint32_t around = common.pdo + (agreement.has_data_digest ? uint32_t{digest_bytes} : 0U);
  if (plen <= around || plen - around > data_bytes_max) {
    return invalid_field(plen_at);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fault> check_common(const CommonHeader& common, const Agreement& agreement) noexcept {
  const auto type = static_cast<PduType>(common.type);
  const size_t hlen = hlen_of(type);
  if (hlen == 0) {
    return invalid_field(type_at);
  }
  if (common.hlen != hlen) {
    return invalid_field(hlen_at);
  }
  switch (type) {
    case PduType::ICReq: return common.plen == sizeof(ICReq) ? std::nullopt : std::optional(invalid_field(plen_at));
    case PduType::H2CTermReq: {
      const bool fits = common.plen >= sizeof(TermReq) && common.plen <= sizeof(TermReq) + term_data_bytes_max;
      return fits ? std::nullopt : std::optional(invalid_field(plen_at));
    }
    case PduType::H2CData: {
      // More than MAXH2CDATA has an error of its own, told when DATAL is seen; here is only what PLEN can hold.
      if (common.plen > 2 * maxh2cdata_bytes) {
        return Fault{FatalError::DataTransferLimitExceeded};
      }
      return check_parts(common, agreement, 2 * maxh2cdata_bytes);
    }
    default: return check_parts(common, agreement, in_capsule_bytes_max);
  }
}

std::optional<Fault> check_icreq(const ICReq& icreq) noexcept {
  if (icreq.pfv != 0) {
    return Fault{FatalError::UnsupportedParameter, offsetof(ICReq, pfv)};
  }
  if (icreq.hpda > pda_max) {
    return invalid_field(offsetof(ICReq, hpda));
  }
  return std::nullopt;
}

Layout layout_of(const CommonHeader& common) noexcept {
  Layout layout{};
  layout.header_bytes = common.hlen + ((common.flags & flag::Hdgstf) != 0 ? uint32_t{digest_bytes} : 0U);
  layout.digest_bytes = (common.flags & flag::Ddgstf) != 0 ? uint32_t{digest_bytes} : 0U;
  const uint32_t plen = common.plen;
  layout.data_at = plen > layout.header_bytes ? common.pdo : plen;
  layout.data_bytes = plen > layout.header_bytes ? plen - common.pdo - layout.digest_bytes : 0;
  return layout;
}

}  // namespace outrigger::nvme_tcp
