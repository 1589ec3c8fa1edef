#include "nvme_tcp/pdu_rules.h"

namespace outrigger::nvme_tcp {
namespace {

// What can follow the header of a type of PDUs.
enum class Rest : uint8_t {
  Nothing,        // ICReq, ICResp: not even digests
  HeaderAtFault,  // H2CTermReq, C2HTermReq: the header of what they complain of, and no digests (3.6.2.5)
  NoData,
  PerhapsData,
  Data,
};

struct Form {
  size_t hlen;
  Sender sender;
  Rest rest;
};

constexpr std::optional<Form> form_of(PduType type) noexcept {
  switch (type) {
    case PduType::ICReq: return Form{sizeof(ICReq), Sender::Host, Rest::Nothing};
    case PduType::ICResp: return Form{sizeof(ICResp), Sender::Controller, Rest::Nothing};
    case PduType::H2CTermReq: return Form{sizeof(TermReq), Sender::Host, Rest::HeaderAtFault};
    case PduType::C2HTermReq: return Form{sizeof(TermReq), Sender::Controller, Rest::HeaderAtFault};
    case PduType::CapsuleCmd: return Form{sizeof(CapsuleCmd), Sender::Host, Rest::PerhapsData};
    case PduType::CapsuleResp: return Form{sizeof(CapsuleResp), Sender::Controller, Rest::NoData};
    // What of them has no data is found where DATAL is looked at.
    case PduType::H2CData: return Form{sizeof(DataPdu), Sender::Host, Rest::PerhapsData};
    case PduType::C2HData: return Form{sizeof(DataPdu), Sender::Controller, Rest::Data};
    case PduType::R2T: return Form{sizeof(R2T), Sender::Controller, Rest::NoData};
  }
  return std::nullopt;
}

std::optional<Rule> broken_rule_of_data(const CommonHeader& common, uint32_t header_bytes, Digests digests) noexcept {
  if (((common.flags & flag::Ddgstf) != 0) != digests.data) {
    return Rule::Ddgstf;
  }
  // HPDA and CPDA of ours are 0: the data begin at a multiple of a dword.
  if (common.pdo < header_bytes || common.pdo % pda_bytes(0) != 0) {
    return Rule::Pdo;
  }
  return common.plen <= common.pdo + digests.data_bytes() ? std::optional(Rule::NoData) : std::nullopt;
}

// Of what has digests where they were agreed.
std::optional<Rule> broken_rule_of_parts(const CommonHeader& common, Rest rest, Digests digests) noexcept {
  if (((common.flags & flag::Hdgstf) != 0) != digests.header) {
    return Rule::Hdgstf;
  }
  const uint32_t plen = common.plen;
  const uint32_t header_bytes = common.hlen + digests.header_bytes();
  if (rest == Rest::NoData) {
    return plen == header_bytes ? std::nullopt : std::optional(Rule::Plen);
  }
  if (rest == Rest::PerhapsData && plen <= header_bytes) {
    if (plen < header_bytes) {
      return Rule::Plen;
    }
    return (common.flags & flag::Ddgstf) != 0 ? std::optional(Rule::Ddgstf) : std::nullopt;
  }
  return broken_rule_of_data(common, header_bytes, digests);
}

}  // namespace

Fault fault_of(Rule rule) noexcept {
  static_assert(offsetof(ICReq, pfv) == offsetof(ICResp, pfv) && offsetof(ICReq, hpda) == offsetof(ICResp, cpda));
  switch (rule) {
    case Rule::Type: return invalid_field(offsetof(CommonHeader, type));
    case Rule::Hlen: return invalid_field(offsetof(CommonHeader, hlen));
    case Rule::Plen:
    case Rule::NoData: return invalid_field(offsetof(CommonHeader, plen));
    case Rule::Hdgstf:
    case Rule::Ddgstf: return invalid_field(offsetof(CommonHeader, flags));
    case Rule::Pdo: return invalid_field(offsetof(CommonHeader, pdo));
    case Rule::Pfv: return {FatalError::UnsupportedParameter, offsetof(ICReq, pfv)};
    case Rule::Pda: break;
  }
  return invalid_field(offsetof(ICReq, hpda));
}

std::optional<Rule> broken_rule(const CommonHeader& common, Sender sender, Digests digests) noexcept {
  const std::optional<Form> form = form_of(static_cast<PduType>(common.type));
  if (!form.has_value() || form->sender != sender) {
    return Rule::Type;
  }
  if (common.hlen != form->hlen) {
    return Rule::Hlen;
  }
  const uint32_t plen = common.plen;
  switch (form->rest) {
    case Rest::Nothing: return plen == form->hlen ? std::nullopt : std::optional(Rule::Plen);
    case Rest::HeaderAtFault: {
      const bool fits = plen >= form->hlen && plen <= form->hlen + term_data_bytes_max;
      return fits ? std::nullopt : std::optional(Rule::Plen);
    }
    default: return broken_rule_of_parts(common, form->rest, digests);
  }
}

std::optional<Rule> broken_rule(uint16_t pfv, uint8_t pda) noexcept {
  if (pfv != 0) {
    return Rule::Pfv;
  }
  return pda > pda_max ? std::optional(Rule::Pda) : std::nullopt;
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

uint32_t lead_bytes(const CommonHeader& common) noexcept {
  const auto type = static_cast<PduType>(common.type);
  return type == PduType::H2CData || type == PduType::C2HData ? layout_of(common).data_at : uint32_t{common.plen};
}

}  // namespace outrigger::nvme_tcp
