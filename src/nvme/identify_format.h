// What Identify answers, as it is on the wire (NVM Express Base Specification 2.0, section 5.17; NVM Command Set
// Specification 1.0, section 4.1.5).
#pragma once

#include "base/endian.h"
#include "nvme/fabrics_format.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

inline constexpr uint32_t identify_bytes = 4096;

// Controller or Namespace Structure.
enum class Cns : uint8_t {
  Namespace = 0x00,
  Controller = 0x01,
  ActiveNamespaces = 0x02,
  NamespaceDescriptors = 0x03,
  CommandSetNamespace = 0x05,
  CommandSetController = 0x06,
  CommandSetActiveNamespaces = 0x07,
  IndependentNamespace = 0x08,
  AllocatedNamespaces = 0x10,
  AllocatedNamespace = 0x11,
  NamespaceControllers = 0x12,
  SubsystemControllers = 0x13,
  CommandSets = 0x1C,
};

enum class ControllerType : uint8_t { Io = 1, Discovery = 2 };  // CNTRLTYPE

namespace oaes {  // optional asynchronous events, and the bits of the feature that masks them
inline constexpr uint32_t NamespaceAttribute = 1U << 8U;
inline constexpr uint32_t AnaChange = 1U << 11U;
inline constexpr uint32_t DiscoveryChange = 1U << 31U;
}  // namespace oaes
namespace ctratt {
inline constexpr uint32_t HostId128Bit = 1U << 0U;
inline constexpr uint32_t TrafficBasedKeepAlive = 1U << 6U;
}  // namespace ctratt
namespace oncs {
inline constexpr uint16_t Compare = 1U << 0U;
inline constexpr uint16_t DatasetManagement = 1U << 2U;
inline constexpr uint16_t WriteZeroes = 1U << 3U;
inline constexpr uint16_t SaveAndSelect = 1U << 4U;
inline constexpr uint16_t Reservations = 1U << 5U;
inline constexpr uint16_t Timestamp = 1U << 6U;
inline constexpr uint16_t Verify = 1U << 7U;
inline constexpr uint16_t Copy = 1U << 8U;
}  // namespace oncs

struct IdentifyController {
  le16 vid, ssvid;
  char sn[20]{};
  char mn[40]{};
  char fr[8]{};
  uint8_t rab = 0;
  uint8_t ieee[3]{};
  uint8_t cmic = 0;  // bit 0 several ports, 1 several controllers, 3 ANA
  uint8_t mdts = 0;  // 2^n minimum pages
  le16 cntlid;
  le32 ver, rtd3r, rtd3e, oaes, ctratt;
  le16 rrls;
  uint8_t reserved102[9]{};
  uint8_t cntrltype = 0;  // ControllerType
  uint8_t fguid[16]{};
  le16 crdt1, crdt2, crdt3;
  uint8_t reserved134[119]{};
  uint8_t nvmsr = 0, vwci = 0, mec = 0;
  le16 oacs;
  uint8_t acl = 0, aerl = 0;
  uint8_t frmw = 0;  // bit 0 slot 1 is read only, 3:1 number of slots
  uint8_t lpa = 0;   // bit 1 effects, 2 extended data, 5 supported log pages and feature effects
  uint8_t elpe = 0, npss = 0, avscc = 0, apsta = 0;
  le16 wctemp, cctemp, mtfa;
  le32 hmpre, hmmin;
  le64 tnvmcap[2], unvmcap[2];
  le32 rpmbs;
  le16 edstt;
  uint8_t dsto = 0, fwug = 0;
  le16 kas, hctma, mntmt, mxtmt;
  le32 sanicap, hmminds;
  le16 hmmaxd, nsetidmax, endgidmax;
  uint8_t anatt = 0, anacap = 0;
  le32 anagrpmax, nanagrpid, pels;
  le16 domainid;
  uint8_t reserved358[10]{};
  le64 megcap[2];
  uint8_t reserved384[128]{};
  uint8_t sqes = 0, cqes = 0;  // bits 3:0 required, 7:4 maximum, powers of two
  le16 maxcmd;
  le32 nn;
  le16 oncs, fuses;
  uint8_t fna = 0;
  uint8_t vwc = 0;  // bit 0 there may be a cache, 2:1: 2 no Flush of all namespaces, 3 there is
  le16 awun, awupf;
  uint8_t icsvscc = 0, nwpc = 0;
  le16 acwu, ocfs;
  le32 sgls;  // bits 1:0: 1 SGLs without alignment; 20 offset in the capsule; 21 transport data block
  le32 mnan;
  le64 maxdna[2];
  le32 maxcna;
  uint8_t reserved564[204]{};
  char subnqn[nqn_field_bytes]{};
  uint8_t reserved1024[768]{};
  le32 ioccsz, iorcsz;  // in 16 bytes
  le16 icdoff;
  uint8_t fcatt = 0;
  uint8_t msdbd = 0;
  le16 ofcs;
  uint8_t reserved1806[242]{};
  uint8_t psd[32][32]{};
  uint8_t vendor[1024]{};
};
static_assert(sizeof(IdentifyController) == identify_bytes);
static_assert(offsetof(IdentifyController, cmic) == 76 && offsetof(IdentifyController, cntrltype) == 111);
static_assert(offsetof(IdentifyController, oacs) == 256 && offsetof(IdentifyController, tnvmcap) == 280);
static_assert(offsetof(IdentifyController, kas) == 320 && offsetof(IdentifyController, anatt) == 342);
static_assert(offsetof(IdentifyController, pels) == 352 && offsetof(IdentifyController, sqes) == 512);
static_assert(offsetof(IdentifyController, fna) == 524 && offsetof(IdentifyController, ocfs) == 534);
static_assert(offsetof(IdentifyController, sgls) == 536 && offsetof(IdentifyController, subnqn) == 768);
static_assert(offsetof(IdentifyController, ioccsz) == 1792 && offsetof(IdentifyController, ofcs) == 1804);
static_assert(offsetof(IdentifyController, psd) == 2048);

struct LbaFormat {
  le16 ms;
  uint8_t lbads = 0;  // 2^n bytes
  uint8_t rp = 0;
};

namespace nsfeat {
inline constexpr uint8_t OptimalPerformance = 1U << 4U;  // NPWG, NPWA, NPDG, NPDA and NOWS are told
}
inline constexpr uint8_t nmic_shared = 1;
inline constexpr uint8_t nsattr_write_protected = 1;

struct IdentifyNamespace {
  le64 nsze, ncap, nuse;
  uint8_t nsfeat = 0, nlbaf = 0, flbas = 0, mc = 0, dpc = 0, dps = 0;
  uint8_t nmic = 0, rescap = 0, fpi = 0;
  uint8_t dlfeat = 0;  // bits 2:0 what deallocated blocks read as, 3 Write Zeroes may deallocate
  le16 nawun, nawupf, nacwu, nabsn, nabo, nabspf, noiob;
  le64 nvmcap[2];
  le16 npwg, npwa, npdg, npda, nows;  // 0's based, in blocks
  le16 mssrl;
  le32 mcl;
  uint8_t msrc = 0;
  uint8_t reserved81[11]{};
  le32 anagrpid;
  uint8_t reserved96[3]{};
  uint8_t nsattr = 0;
  le16 nvmsetid, endgid;
  uint8_t nguid[16]{};
  uint8_t eui64[8]{};
  LbaFormat lbaf[64];
  uint8_t vendor[3712]{};
};
static_assert(sizeof(IdentifyNamespace) == identify_bytes);
static_assert(offsetof(IdentifyNamespace, nmic) == 30 && offsetof(IdentifyNamespace, dlfeat) == 33);
static_assert(offsetof(IdentifyNamespace, nvmcap) == 48 && offsetof(IdentifyNamespace, nows) == 72);
static_assert(offsetof(IdentifyNamespace, msrc) == 80 && offsetof(IdentifyNamespace, anagrpid) == 92);
static_assert(offsetof(IdentifyNamespace, nsattr) == 99 && offsetof(IdentifyNamespace, nguid) == 104);
static_assert(offsetof(IdentifyNamespace, lbaf) == 128);

// CNS 08h: what holds for every I/O command set.
struct IdentifyIndependentNamespace {
  uint8_t nsfeat = 0, nmic = 0, rescap = 0, fpi = 0;
  le32 anagrpid;
  uint8_t nsattr = 0, reserved9 = 0;
  le16 nvmsetid, endgid;
  uint8_t nstat = 0;  // bit 0: ready
  uint8_t reserved15[4081]{};
};
static_assert(sizeof(IdentifyIndependentNamespace) == identify_bytes);
static_assert(offsetof(IdentifyIndependentNamespace, nstat) == 14);

// CNS 06h of the NVM command set: limits beside MDTS; 0: none.
struct IdentifyNvmController {
  uint8_t vsl = 0, wzsl = 0, wusl = 0, dmrl = 0;
  le32 dmrsl;
  le64 dmsl;
  uint8_t reserved16[4080]{};
};
static_assert(sizeof(IdentifyNvmController) == identify_bytes);

// CNS 03h is a list of these, each followed by its identifier.
enum class NamespaceIdType : uint8_t { Eui64 = 1, Nguid = 2, Uuid = 3, CommandSet = 4 };
struct NamespaceIdDescriptor {
  uint8_t nidt = 0;  // NamespaceIdType
  uint8_t nidl = 0;
  uint8_t reserved[2]{};
};
static_assert(sizeof(NamespaceIdDescriptor) == 4);

}  // namespace outrigger::nvme
