// The Fabrics command set on the wire: Connect, properties, authentication, and what the discovery log holds (NVM
// Express Base Specification 2.0, sections 3.1.3 and 6; discovery log page: 5.16.1.23).
#pragma once

#include "base/endian.h"
#include "nvme/entry.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrigger::nvme {

enum class FabricsType : uint8_t {  // FCTYPE
  PropertySet = 0x00,
  Connect = 0x01,
  PropertyGet = 0x04,
  AuthenticationSend = 0x05,
  AuthenticationReceive = 0x06,
  Disconnect = 0x08,
};

// Longest NVMe Qualified Name in bytes, without the terminating zero.
inline constexpr size_t nqn_length_max = 223;
inline constexpr size_t nqn_field_bytes = 256;
inline constexpr std::string_view discovery_nqn = "nqn.2014-08.org.nvmexpress.discovery";

// Connect: the submission queue entry.
struct ConnectSqe {
  uint8_t opcode = 0x7F;
  uint8_t flags = 0x40;
  le16 cid;
  uint8_t fctype = 0x01;
  uint8_t reserved5[19]{};
  SglDescriptor sgl;
  le16 recfmt;
  le16 qid;
  le16 sqsize;        // 0's based
  uint8_t cattr = 0;  // bit 2: SQ flow control disabled; bit 3: individual I/O queue deletion
  uint8_t reserved47 = 0;
  le32 kato;  // milliseconds
  uint8_t reserved52[12]{};
};
static_assert(sizeof(ConnectSqe) == sizeof(Sqe));
static_assert(offsetof(ConnectSqe, fctype) == 4 && offsetof(ConnectSqe, recfmt) == 40 &&
              offsetof(ConnectSqe, kato) == 48);

struct ConnectData {
  uint8_t hostid[16]{};
  le16 cntlid;  // 0xFFFF: any (dynamic controller model)
  uint8_t reserved18[238]{};
  char subnqn[nqn_field_bytes]{};
  char hostnqn[nqn_field_bytes]{};
  uint8_t reserved768[256]{};
};
static_assert(sizeof(ConnectData) == 1024 && offsetof(ConnectData, subnqn) == 256 &&
              offsetof(ConnectData, hostnqn) == 512);

// In the result of a successful Connect: CNTLID in bits 15:0, then what the host must do before anything else.
inline constexpr uint32_t connect_atr = 1U << 17U;   // authentication transaction required
inline constexpr uint32_t connect_ascr = 1U << 18U;  // authentication and secure channel (concatenation) required

// In the result of a refused Connect (ConnectInvalidParameters): where the offending parameter is.
enum class ConnectPlace : uint8_t { Sqe = 0, Data = 1 };  // IATTR
constexpr uint32_t invalid_parameter(ConnectPlace place, uint16_t offset) noexcept {
  return offset | (static_cast<uint32_t>(place) << 16U);
}

// Offsets of properties (3.1.3).
enum class Property : uint32_t {
  Cap = 0x00,  // 8 bytes
  Vs = 0x08,
  Cc = 0x14,
  Csts = 0x1C,
  Nssr = 0x20,
  Crto = 0x68,
};

struct PropertySqe {
  uint8_t opcode = 0x7F;
  uint8_t flags = 0x40;
  le16 cid;
  uint8_t fctype = 0;
  uint8_t reserved5[35]{};
  uint8_t attributes = 0;  // bits 2:0: 0 four bytes, 1 eight bytes
  uint8_t reserved41[3]{};
  le32 offset;
  le64 value;  // Set only
  uint8_t reserved56[8]{};
};
static_assert(sizeof(PropertySqe) == sizeof(Sqe) && offsetof(PropertySqe, attributes) == 40);
static_assert(offsetof(PropertySqe, offset) == 44 && offsetof(PropertySqe, value) == 48);

// Authentication Send and Receive (8.13.2).
inline constexpr uint8_t security_protocol_nvme = 0xE9;      // SECP
inline constexpr uint8_t security_protocol_specific = 0x01;  // SPSP0 and SPSP1
struct AuthenticationSqe {
  uint8_t opcode = 0x7F;
  uint8_t flags = 0x40;
  le16 cid;
  uint8_t fctype = 0;
  uint8_t reserved5[19]{};
  SglDescriptor sgl;
  uint8_t reserved40 = 0;
  uint8_t spsp0 = 0;
  uint8_t spsp1 = 0;
  uint8_t secp = 0;
  le32 length;  // transfer (Send) or allocation (Receive) length in bytes
  uint8_t reserved48[16]{};
};
static_assert(sizeof(AuthenticationSqe) == sizeof(Sqe) && offsetof(AuthenticationSqe, secp) == 43);
static_assert(offsetof(AuthenticationSqe, length) == 44);

enum class TransportType : uint8_t { Rdma = 1, FibreChannel = 2, Tcp = 3, IntraHost = 254 };
enum class AddressFamily : uint8_t { Unspecified = 0, Ipv4 = 1, Ipv6 = 2, Ib = 3, FibreChannel = 4, IntraHost = 254 };
enum class SubsystemType : uint8_t { DiscoveryReferral = 1, Nvm = 2, CurrentDiscovery = 3 };

struct DiscoveryEntry {
  uint8_t trtype = 0;   // TransportType
  uint8_t adrfam = 0;   // AddressFamily
  uint8_t subtype = 0;  // SubsystemType
  uint8_t treq = 0;     // bits 1:0: 0 not specified, 1 secure channel required, 2 not required
  le16 portid;
  le16 cntlid;  // 0xFFFF dynamic
  le16 asqsz;   // admin submission queue entries at most
  le16 eflags;  // bit 0 DUPRETINFO, bit 1 EPCSD, bit 2 NCC
  uint8_t reserved12[20]{};
  char trsvcid[32]{};
  uint8_t reserved64[192]{};
  char subnqn[nqn_field_bytes]{};
  char traddr[256]{};
  uint8_t tsas[256]{};  // TCP: byte 0 SECTYPE: 0 none, 1 TLS 1.2, 2 TLS 1.3
};
static_assert(sizeof(DiscoveryEntry) == 1024 && offsetof(DiscoveryEntry, trsvcid) == 32);
static_assert(offsetof(DiscoveryEntry, subnqn) == 256 && offsetof(DiscoveryEntry, tsas) == 768);

struct DiscoveryLogHeader {
  le64 genctr;
  le64 numrec;
  le16 recfmt;
  uint8_t reserved18[1006]{};
};
static_assert(sizeof(DiscoveryLogHeader) == 1024);

}  // namespace outrigger::nvme
