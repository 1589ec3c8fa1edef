#include "nvme_host/inbound_pdu.h"

#include "nvme_host/limits.h"

namespace outrigger::nvme_host {

using nvme_tcp::CommonHeader;
using nvme_tcp::digest_bytes;
using nvme_tcp::FatalError;
using nvme_tcp::PduType;
namespace flag = nvme_tcp::flag;

namespace {

PduFault wrong_field(size_t offset, const char* what) noexcept {
  return {.error = FatalError::InvalidPduHeaderField, .information = static_cast<uint32_t>(offset), .what = what};
}

constexpr size_t flags_at = offsetof(CommonHeader, flags);
constexpr size_t hlen_at = offsetof(CommonHeader, hlen);
constexpr size_t pdo_at = offsetof(CommonHeader, pdo);
constexpr size_t plen_at = offsetof(CommonHeader, plen);

// C2HTermReq carries no digests, and at most so much of our PDU (3.6.2.5).
std::optional<PduFault> check_termination(const CommonHeader& common) noexcept {
  if (common.hlen != sizeof(nvme_tcp::TermReq)) {
    return wrong_field(hlen_at, "a C2HTermReq with a wrong HLEN");
  }
  if (common.plen < sizeof(nvme_tcp::TermReq) ||
      common.plen > sizeof(nvme_tcp::TermReq) + nvme_tcp::term_data_bytes_max) {
    return wrong_field(plen_at, "a C2HTermReq with a wrong PLEN");
  }
  return std::nullopt;
}

std::optional<PduFault> check_data(const CommonHeader& common, Digests digests) noexcept {
  const bool has_digest = (common.flags & flag::Ddgstf) != 0;
  if (has_digest != digests.data) {
    return wrong_field(flags_at, "a C2HData whose DDGSTF is not what was agreed");
  }
  const size_t header = sizeof(nvme_tcp::DataPdu) + (digests.header ? digest_bytes : 0);
  // HPDA is 0: data begin at a multiple of a dword.
  if (common.pdo < header || common.pdo % nvme_tcp::pda_bytes(0) != 0) {
    return wrong_field(pdo_at, "a C2HData with a wrong PDO");
  }
  if (common.plen <= common.pdo + (digests.data ? digest_bytes : 0)) {
    return wrong_field(plen_at, "a C2HData without data");
  }
  if ((common.flags & flag::Success) != 0 && (common.flags & flag::LastPdu) == 0) {
    return wrong_field(flags_at, "a C2HData with SUCCESS and without LAST_PDU");
  }
  return std::nullopt;
}

}  // namespace

std::optional<PduFault> check_common(const CommonHeader& common, Digests digests) noexcept {
  const auto type = static_cast<PduType>(common.type);
  switch (type) {
    case PduType::C2HTermReq: return check_termination(common);
    case PduType::CapsuleResp:
    case PduType::C2HData:
    case PduType::R2T: break;
    case PduType::ICResp:
      return PduFault{.error = FatalError::PduSequenceError, .information = 0, .what = "a second ICResp"};
    default: return wrong_field(offsetof(CommonHeader, type), "a PDU of a type that a controller does not send");
  }
  // The headers of all three are of the same size.
  static_assert(sizeof(nvme_tcp::CapsuleResp) == sizeof(nvme_tcp::DataPdu) &&
                sizeof(nvme_tcp::R2T) == sizeof(nvme_tcp::DataPdu));
  if (common.hlen != sizeof(nvme_tcp::DataPdu)) {
    return wrong_field(hlen_at, "a PDU with a wrong HLEN");
  }
  if (((common.flags & flag::Hdgstf) != 0) != digests.header) {
    return wrong_field(flags_at, "a PDU whose HDGSTF is not what was agreed");
  }
  if (type == PduType::C2HData) {
    return check_data(common, digests);
  }
  if (common.plen != sizeof(nvme_tcp::DataPdu) + (digests.header ? digest_bytes : 0)) {
    return wrong_field(plen_at, "a PDU with a wrong PLEN");
  }
  return std::nullopt;
}

std::optional<PduFault> check_first(const CommonHeader& common) noexcept {
  const auto type = static_cast<PduType>(common.type);
  if (type == PduType::C2HTermReq) {
    return check_termination(common);
  }
  if (type != PduType::ICResp) {
    return PduFault{.error = FatalError::PduSequenceError, .information = 0, .what = "no ICResp to our ICReq"};
  }
  if (common.hlen != sizeof(nvme_tcp::ICResp)) {
    return wrong_field(hlen_at, "an ICResp with a wrong HLEN");
  }
  if (common.plen != sizeof(nvme_tcp::ICResp)) {
    return wrong_field(plen_at, "an ICResp with a wrong PLEN");
  }
  return std::nullopt;
}

std::optional<PduFault> check_icresp(const nvme_tcp::ICResp& icresp, Digests asked) noexcept {
  const auto unsupported = [](size_t offset, const char* what) noexcept {
    return PduFault{
        .error = FatalError::UnsupportedParameter, .information = static_cast<uint32_t>(offset), .what = what};
  };
  using nvme_tcp::ICResp;
  if (icresp.pfv != 0) {
    return unsupported(offsetof(ICResp, pfv), "an ICResp of a PDU format version that we do not know");
  }
  if (icresp.cpda > nvme_tcp::pda_max) {
    return wrong_field(offsetof(ICResp, cpda), "an ICResp with a CPDA beyond 31");
  }
  const uint8_t wanted = static_cast<uint8_t>((asked.header ? nvme_tcp::digest_flag::Header : 0U) |
                                              (asked.data ? nvme_tcp::digest_flag::Data : 0U));
  // 3.6.2.3: a controller enables what was asked for; neither more nor less is a connection that the operator wants.
  if (icresp.dgst != wanted) {
    return wrong_field(offsetof(ICResp, dgst), "an ICResp with other digests than those asked for");
  }
  if (icresp.maxh2cdata < maxh2cdata_bytes_min || icresp.maxh2cdata % 4 != 0) {
    return wrong_field(offsetof(ICResp, maxh2cdata), "an ICResp with a wrong MAXH2CDATA");
  }
  return std::nullopt;
}

std::optional<PduFault> check_data_length(const nvme_tcp::DataPdu& data, Digests digests) noexcept {
  const uint64_t whole =
      static_cast<uint64_t>(data.common.pdo) + data.datal + (digests.data ? nvme_tcp::digest_bytes : 0);
  if (data.datal == 0 || whole != data.common.plen) {
    return wrong_field(plen_at, "a C2HData whose PLEN and DATAL do not agree");
  }
  return std::nullopt;
}

size_t lead_bytes(const CommonHeader& common) noexcept {
  const uint32_t whole = common.plen;
  return static_cast<PduType>(common.type) == PduType::C2HData ? common.pdo : whole;
}

const char* describe(FatalError error) noexcept {
  switch (error) {
    case FatalError::InvalidPduHeaderField: return "invalid PDU header field";
    case FatalError::PduSequenceError: return "PDU sequence error";
    case FatalError::HeaderDigestError: return "header digest error";
    case FatalError::DataTransferOutOfRange: return "data transfer out of range";
    case FatalError::R2TLimitExceeded: return "data transfer limit exceeded";
    case FatalError::UnsupportedParameter: return "unsupported parameter";
  }
  return "an error of no known kind";
}

}  // namespace outrigger::nvme_host
