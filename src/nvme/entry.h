// Submission and completion queue entries and SGL descriptors, as they are on the wire (NVM Express Base Specification
// 2.0, figures 86 to 93 and 118 ff.; fabrics form in section 3.3.2 and 6).
#pragma once

#include "base/endian.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

enum class AdminOpcode : uint8_t {
  DeleteIoSq = 0x00,
  CreateIoSq = 0x01,
  GetLogPage = 0x02,
  DeleteIoCq = 0x04,
  CreateIoCq = 0x05,
  Identify = 0x06,
  Abort = 0x08,
  SetFeatures = 0x09,
  GetFeatures = 0x0A,
  AsyncEventRequest = 0x0C,
  NamespaceManagement = 0x0D,
  FirmwareCommit = 0x10,
  FirmwareDownload = 0x11,
  NamespaceAttachment = 0x15,
  KeepAlive = 0x18,
  Fabrics = 0x7F,
};

enum class IoOpcode : uint8_t {
  Flush = 0x00,
  Write = 0x01,
  Read = 0x02,
  WriteUncorrectable = 0x04,
  Compare = 0x05,
  WriteZeroes = 0x08,
  DatasetManagement = 0x09,
  Verify = 0x0C,
  ReservationRegister = 0x0D,
  ReservationReport = 0x0E,
  ReservationAcquire = 0x11,
  ReservationRelease = 0x15,
  Copy = 0x19,
  Fabrics = 0x7F,
};

// SGL descriptor type and sub type, the byte that ends every descriptor (type in bits 7:4).
enum class SglType : uint8_t {
  DataBlockAddress = 0x00,
  DataBlockOffset = 0x01,     // in-capsule data: the address is an offset in the capsule
  TransportDataBlock = 0x5A,  // the data come by the transport's own means (TCP: H2CData, C2HData)
  KeyedDataBlockAddress = 0x40,
};

struct SglDescriptor {
  le64 address;  // or offset
  le32 length;   // bytes
  uint8_t reserved[3]{};
  uint8_t type = 0;  // SglType
};
static_assert(sizeof(SglDescriptor) == 16 && offsetof(SglDescriptor, type) == 15);

enum class Fuse : uint8_t { Normal = 0, First = 1, Second = 2 };

// A submission queue entry. `psdt` of `flags` must say SGL (01b) over fabrics.
struct Sqe {
  uint8_t opcode = 0;
  uint8_t flags = 0;  // bits 1:0 FUSE, 7:6 PSDT
  le16 cid;           // opaque to us, all 16 bits
  le32 nsid;          // byte 4 is FCTYPE in fabrics commands
  le32 cdw2;
  le32 cdw3;
  le64 metadata;
  SglDescriptor sgl;
  le32 cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;

  [[nodiscard]] Fuse fuse() const noexcept { return static_cast<Fuse>(flags & 3U); }
  [[nodiscard]] uint8_t psdt() const noexcept { return static_cast<uint8_t>(flags >> 6U); }
  [[nodiscard]] uint8_t fctype() const noexcept { return static_cast<uint8_t>(nsid & 0xFFU); }
  // NVM command set: starting LBA and number of blocks (the wire's is 0's based).
  [[nodiscard]] uint64_t slba() const noexcept { return cdw10 | (static_cast<uint64_t>(cdw11) << 32U); }
  [[nodiscard]] uint32_t block_count() const noexcept { return (cdw12 & 0xFFFFU) + 1; }
};
static_assert(sizeof(Sqe) == 64);
static_assert(offsetof(Sqe, nsid) == 4 && offsetof(Sqe, metadata) == 16 && offsetof(Sqe, sgl) == 24);
static_assert(offsetof(Sqe, cdw10) == 40 && offsetof(Sqe, cdw15) == 60);

// A completion queue entry. Bit 0 of `status` is the phase tag, 0 over fabrics.
struct Cqe {
  le64 result;  // command specific
  le16 sqhd;
  le16 sqid;  // reserved over fabrics
  le16 cid;
  le16 status;  // Status::bits() << 1
};
static_assert(sizeof(Cqe) == 16 && offsetof(Cqe, sqhd) == 8 && offsetof(Cqe, status) == 14);

}  // namespace outrigger::nvme
