// The PDUs of NVMe/TCP as they are on the wire (NVM Express TCP Transport Specification 1.0, section 3.6.2). A PDU is a
// header of HLEN bytes, a header digest where agreed, padding up to PDO, data, and a data digest where agreed.
#pragma once

#include "base/endian.h"
#include "nvme/entry.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_tcp {

enum class PduType : uint8_t {
  ICReq = 0x00,
  ICResp = 0x01,
  H2CTermReq = 0x02,
  C2HTermReq = 0x03,
  CapsuleCmd = 0x04,
  CapsuleResp = 0x05,
  H2CData = 0x06,
  C2HData = 0x07,
  R2T = 0x09,
};

// FLAGS of the common header.
namespace flag {
inline constexpr uint8_t Hdgstf = 1U << 0U;   // a header digest follows the header
inline constexpr uint8_t Ddgstf = 1U << 1U;   // a data digest follows the data
inline constexpr uint8_t LastPdu = 1U << 2U;  // H2CData, C2HData: the last of this transfer
inline constexpr uint8_t Success = 1U << 3U;  // C2HData with LastPdu: stands for the response capsule of a success
}  // namespace flag

inline constexpr size_t digest_bytes = 4;
// PDO is one byte, and the largest alignment that HPDA or CPDA can ask for is 32 dwords.
inline constexpr uint8_t pda_max = 31;
constexpr uint32_t pda_bytes(uint8_t pda) noexcept { return (pda + 1U) * 4U; }

struct CommonHeader {
  uint8_t type = 0;  // PduType
  uint8_t flags = 0;
  uint8_t hlen = 0;  // bytes of the header, common header included, digest not
  uint8_t pdo = 0;   // where the data begin; 0 when there are none
  le32 plen;         // bytes of the whole PDU
};
static_assert(sizeof(CommonHeader) == 8 && offsetof(CommonHeader, plen) == 4);

// DGST of ICReq and ICResp.
namespace digest_flag {
inline constexpr uint8_t Header = 1U << 0U;
inline constexpr uint8_t Data = 1U << 1U;
}  // namespace digest_flag

struct ICReq {
  CommonHeader common;
  le16 pfv;  // 0: version 1.0
  uint8_t hpda = 0;
  uint8_t dgst = 0;
  le32 maxr2t;  // 0's based: R2Ts that a command may have outstanding
  uint8_t reserved16[112]{};
};
static_assert(sizeof(ICReq) == 128 && offsetof(ICReq, hpda) == 10 && offsetof(ICReq, maxr2t) == 12);

struct ICResp {
  CommonHeader common;
  le16 pfv;
  uint8_t cpda = 0;
  uint8_t dgst = 0;
  le32 maxh2cdata;  // most data bytes of one H2CData; a multiple of 4, at least 4096
  uint8_t reserved16[112]{};
};
static_assert(sizeof(ICResp) == 128 && offsetof(ICResp, cpda) == 10 && offsetof(ICResp, maxh2cdata) == 12);

// FES of H2CTermReq and C2HTermReq.
enum class FatalError : uint16_t {
  InvalidPduHeaderField = 0x01,      // FEI: offset of the field in the header
  PduSequenceError = 0x02,           //
  HeaderDigestError = 0x03,          // FEI: the digest that was received
  DataTransferOutOfRange = 0x04,     //
  DataTransferLimitExceeded = 0x05,  // C2HTermReq
  R2TLimitExceeded = 0x05,           // H2CTermReq
  UnsupportedParameter = 0x06,       // FEI: offset of the field in the header
};

// H2CTermReq and C2HTermReq. The header of the PDU at fault follows, at most term_data_bytes_max of it.
struct TermReq {
  CommonHeader common;
  le16 fes;  // FatalError
  le32 fei;
  uint8_t reserved14[10]{};
};
static_assert(sizeof(TermReq) == 24 && offsetof(TermReq, fes) == 8 && offsetof(TermReq, fei) == 10);
inline constexpr size_t term_data_bytes_max = 128;

struct CapsuleCmd {
  CommonHeader common;
  nvme::Sqe sqe;
};
static_assert(sizeof(CapsuleCmd) == 72 && offsetof(CapsuleCmd, sqe) == 8);

struct CapsuleResp {
  CommonHeader common;
  nvme::Cqe cqe;
};
static_assert(sizeof(CapsuleResp) == 24 && offsetof(CapsuleResp, cqe) == 8);

// H2CData and C2HData.
struct DataPdu {
  CommonHeader common;
  le16 cccid;
  le16 ttag;   // H2CData; reserved in C2HData
  le32 datao;  // where in the command's data
  le32 datal;  // bytes
  uint8_t reserved20[4]{};
};
static_assert(sizeof(DataPdu) == 24 && offsetof(DataPdu, ttag) == 10 && offsetof(DataPdu, datal) == 16);

struct R2T {
  CommonHeader common;
  le16 cccid;
  le16 ttag;
  le32 r2to;  // where in the command's data
  le32 r2tl;  // bytes
  uint8_t reserved20[4]{};
};
static_assert(sizeof(R2T) == 24 && offsetof(R2T, r2to) == 12 && offsetof(R2T, r2tl) == 16);

// Bytes of the largest header that a peer may send; digest and padding come on top.
inline constexpr size_t header_bytes_max = sizeof(ICReq);

}  // namespace outrigger::nvme_tcp
