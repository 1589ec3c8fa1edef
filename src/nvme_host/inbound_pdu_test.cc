// Headers of a target that lie, one by one: the fatal error, the field that it tells, and the words for a person.
#include "nvme_host/inbound_pdu.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outrigger::nvme_host {
namespace {

using nvme_tcp::CommonHeader;
using nvme_tcp::FatalError;
namespace flag = nvme_tcp::flag;

struct Case {
  CommonHeader common;
  const char* what;  // nullptr: it is right
  uint32_t information = 0;
  FatalError error = FatalError::InvalidPduHeaderField;
};

constexpr uint32_t type_at = offsetof(CommonHeader, type);
constexpr uint32_t flags_at = offsetof(CommonHeader, flags);
constexpr uint32_t hlen_at = offsetof(CommonHeader, hlen);
constexpr uint32_t pdo_at = offsetof(CommonHeader, pdo);
constexpr uint32_t plen_at = offsetof(CommonHeader, plen);

void expect(const std::optional<PduFault>& fault, const Case& each) {
  SCOPED_TRACE(testing::Message() << "type " << unsigned{each.common.type} << ", flags " << unsigned{each.common.flags}
                                  << ", HLEN " << unsigned{each.common.hlen} << ", PDO " << unsigned{each.common.pdo}
                                  << ", PLEN " << uint32_t{each.common.plen});
  ASSERT_EQ(fault.has_value(), each.what != nullptr) << (fault.has_value() ? fault->what : each.what);
  if (fault.has_value()) {
    EXPECT_EQ(std::string_view(fault->what), each.what);
    EXPECT_EQ(fault->information, each.information);
    EXPECT_EQ(fault->error, each.error);
  }
}

TEST(InboundPdu, TheFirst) {
  constexpr auto out_of_order = FatalError::PduSequenceError;
  const Case cases[] = {
      {{1, 0, 128, 0, 128U}, nullptr},
      {{1, 0, 127, 0, 127U}, "an ICResp with a wrong HLEN", hlen_at},
      {{1, 0, 128, 0, 129U}, "an ICResp with a wrong PLEN", plen_at},
      {{3, 0, 24, 0, 24U}, nullptr},
      {{3, 0, 23, 0, 24U}, "a C2HTermReq with a wrong HLEN", hlen_at},
      {{3, 0, 24, 0, 23U}, "a C2HTermReq with a wrong PLEN", plen_at},
      {{5, 0, 24, 0, 24U}, "no ICResp to our ICReq", 0, out_of_order},
      {{0, 0, 128, 0, 128U}, "no ICResp to our ICReq", 0, out_of_order},
      {{255, 0, 0, 0, 0U}, "no ICResp to our ICReq", 0, out_of_order},
  };
  for (const Case& each : cases) {
    expect(check_first(each.common), each);
  }
}

TEST(InboundPdu, WithoutDigests) {
  const char* const no_type = "a PDU of a type that a controller does not send";
  const char* const no_hdgstf = "a PDU whose HDGSTF is not what was agreed";
  const Case cases[] = {
      {{0, 0, 128, 0, 128U}, no_type, type_at},
      {{2, 0, 24, 0, 24U}, no_type, type_at},
      {{8, 0, 24, 0, 24U}, no_type, type_at},
      {{1, 0, 1, 0, 128U}, "a second ICResp", 0, FatalError::PduSequenceError},
      {{3, 0, 24, 0, 24U + 128}, nullptr},
      {{3, 255, 24, 255, 24U}, nullptr},
      {{3, 0, 24, 0, 24U + 129}, "a C2HTermReq with a wrong PLEN", plen_at},
      {{5, 0, 24, 0, 24U}, nullptr},
      {{5, flag::Ddgstf, 24, 255, 24U}, nullptr},
      {{5, 0, 72, 0, 72U}, "a PDU with a wrong HLEN", hlen_at},
      {{5, flag::Hdgstf, 24, 0, 28U}, no_hdgstf, flags_at},
      {{5, 0, 24, 0, 28U}, "a PDU with a wrong PLEN", plen_at},
      {{9, 0, 24, 0, 24U}, nullptr},
      {{9, 0, 24, 0, 23U}, "a PDU with a wrong PLEN", plen_at},
      {{7, 0, 24, 24, 25U}, nullptr},
      {{7, flag::Success | flag::LastPdu, 24, 252, UINT32_MAX}, nullptr},
      {{7, 0, 23, 23, 25U}, "a PDU with a wrong HLEN", hlen_at},
      {{7, flag::Hdgstf, 24, 28, 32U}, no_hdgstf, flags_at},
      {{7, flag::Ddgstf, 24, 24, 32U}, "a C2HData whose DDGSTF is not what was agreed", flags_at},
      {{7, 0, 24, 20, 32U}, "a C2HData with a wrong PDO", pdo_at},
      {{7, 0, 24, 26, 32U}, "a C2HData with a wrong PDO", pdo_at},
      {{7, 0, 24, 24, 24U}, "a C2HData without data", plen_at},
      {{7, flag::Success, 24, 24, 25U}, "a C2HData with SUCCESS and without LAST_PDU", flags_at},
      {{7, flag::Success, 24, 24, 0U}, "a C2HData without data", plen_at},
  };
  for (const Case& each : cases) {
    expect(check_common(each.common, {}), each);
  }
}

TEST(InboundPdu, WithDigests) {
  constexpr uint8_t both = flag::Hdgstf | flag::Ddgstf;
  const Case cases[] = {
      {{5, flag::Hdgstf, 24, 0, 28U}, nullptr},
      {{5, 0, 24, 0, 28U}, "a PDU whose HDGSTF is not what was agreed", flags_at},
      {{5, flag::Hdgstf, 24, 0, 24U}, "a PDU with a wrong PLEN", plen_at},
      {{7, both, 24, 28, 33U}, nullptr},
      {{7, both, 24, 24, 33U}, "a C2HData with a wrong PDO", pdo_at},
      {{7, both, 24, 28, 32U}, "a C2HData without data", plen_at},
      {{7, flag::Hdgstf, 24, 28, 33U}, "a C2HData whose DDGSTF is not what was agreed", flags_at},
      {{7, flag::Ddgstf, 24, 28, 33U}, "a PDU whose HDGSTF is not what was agreed", flags_at},
  };
  for (const Case& each : cases) {
    expect(check_common(each.common, {.header = true, .data = true}), each);
  }
}

TEST(InboundPdu, WhatAnIcrespAgreesTo) {
  nvme_tcp::ICResp icresp;
  icresp.maxh2cdata = 4096U;
  icresp.cpda = 31;
  icresp.dgst = nvme_tcp::digest_flag::Data;
  const Digests asked{.header = false, .data = true};
  EXPECT_FALSE(check_icresp(icresp, asked).has_value());
  EXPECT_EQ(check_icresp(icresp, {}).value().information, offsetof(nvme_tcp::ICResp, dgst));
  nvme_tcp::ICResp wrong = icresp;
  wrong.maxh2cdata = 4095U;
  EXPECT_EQ(check_icresp(wrong, asked).value().information, offsetof(nvme_tcp::ICResp, maxh2cdata));
  wrong.cpda = 32;
  EXPECT_EQ(check_icresp(wrong, asked).value().information, offsetof(nvme_tcp::ICResp, cpda));
  EXPECT_EQ(check_icresp(wrong, asked).value().error, FatalError::InvalidPduHeaderField);
  wrong.pfv = uint16_t{256};
  EXPECT_EQ(check_icresp(wrong, asked).value().information, offsetof(nvme_tcp::ICResp, pfv));
  EXPECT_EQ(check_icresp(wrong, asked).value().error, FatalError::UnsupportedParameter);
}

}  // namespace
}  // namespace outrigger::nvme_host
