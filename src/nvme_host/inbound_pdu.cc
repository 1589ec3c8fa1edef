#include "nvme_host/inbound_pdu.h"

#include "nvme_host/limits.h"

namespace outrigger::nvme_host {

using nvme_tcp::CommonHeader;
using nvme_tcp::FatalError;
using nvme_tcp::PduType;
using nvme_tcp::Rule;
namespace flag = nvme_tcp::flag;

namespace {

PduFault wrong_field(size_t offset, const char* what) noexcept {
  return {.error = FatalError::InvalidPduHeaderField, .information = static_cast<uint32_t>(offset), .what = what};
}

const char* describe(Rule rule, PduType type) noexcept {
  const auto of_type = [type](const char* icresp, const char* termination, const char* other) noexcept {
    return type == PduType::ICResp ? icresp : type == PduType::C2HTermReq ? termination : other;
  };
  switch (rule) {
    case Rule::Type: return "a PDU of a type that a controller does not send";
    case Rule::Hlen:
      return of_type("an ICResp with a wrong HLEN", "a C2HTermReq with a wrong HLEN", "a PDU with a wrong HLEN");
    case Rule::Plen:
      return of_type("an ICResp with a wrong PLEN", "a C2HTermReq with a wrong PLEN", "a PDU with a wrong PLEN");
    case Rule::Hdgstf: return "a PDU whose HDGSTF is not what was agreed";
    case Rule::Ddgstf: return "a C2HData whose DDGSTF is not what was agreed";
    case Rule::Pdo: return "a C2HData with a wrong PDO";
    case Rule::NoData: return "a C2HData without data";
    case Rule::Pfv: return "an ICResp of a PDU format version that we do not know";
    case Rule::Pda: break;
  }
  return "an ICResp with a CPDA beyond 31";
}

std::optional<PduFault> fault_of(std::optional<Rule> rule, PduType type) noexcept {
  if (!rule.has_value()) {
    return std::nullopt;
  }
  const nvme_tcp::Fault fault = nvme_tcp::fault_of(*rule);
  return PduFault{.error = fault.error, .information = fault.information, .what = describe(*rule, type)};
}

}  // namespace

std::optional<PduFault> check_common(const CommonHeader& common, Digests digests) noexcept {
  const auto type = static_cast<PduType>(common.type);
  if (type == PduType::ICResp) {
    return PduFault{.error = FatalError::PduSequenceError, .information = 0, .what = "a second ICResp"};
  }
  if (const auto wrong = fault_of(broken_rule(common, nvme_tcp::Sender::Controller, digests), type)) {
    return wrong;
  }
  if (type == PduType::C2HData && (common.flags & flag::Success) != 0 && (common.flags & flag::LastPdu) == 0) {
    return wrong_field(offsetof(CommonHeader, flags), "a C2HData with SUCCESS and without LAST_PDU");
  }
  return std::nullopt;
}

std::optional<PduFault> check_first(const CommonHeader& common) noexcept {
  const auto type = static_cast<PduType>(common.type);
  if (type != PduType::ICResp && type != PduType::C2HTermReq) {
    return PduFault{.error = FatalError::PduSequenceError, .information = 0, .what = "no ICResp to our ICReq"};
  }
  return fault_of(broken_rule(common, nvme_tcp::Sender::Controller, {}), type);
}

std::optional<PduFault> check_icresp(const nvme_tcp::ICResp& icresp, Digests asked) noexcept {
  using nvme_tcp::ICResp;
  if (const auto wrong = fault_of(nvme_tcp::broken_rule(icresp.pfv, icresp.cpda), PduType::ICResp)) {
    return wrong;
  }
  // 3.6.2.3: a controller enables what was asked for; neither more nor less is a connection that the operator wants.
  if (icresp.dgst != asked.dgst()) {
    return wrong_field(offsetof(ICResp, dgst), "an ICResp with other digests than those asked for");
  }
  if (icresp.maxh2cdata < maxh2cdata_bytes_min || icresp.maxh2cdata % 4 != 0) {
    return wrong_field(offsetof(ICResp, maxh2cdata), "an ICResp with a wrong MAXH2CDATA");
  }
  return std::nullopt;
}

std::optional<PduFault> check_data_length(const nvme_tcp::DataPdu& data) noexcept {
  // At least one byte: the common header was looked at.
  if (data.datal != nvme_tcp::layout_of(data.common).data_bytes) {
    return wrong_field(offsetof(CommonHeader, plen), "a C2HData whose PLEN and DATAL do not agree");
  }
  return std::nullopt;
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
