// What the commands of the NVM command set carry beside the fields of every command: bits of their dwords and the
// structures in their data (NVM Command Set Specification 1.0, section 3.2).
#pragma once

#include "base/endian.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

inline constexpr uint32_t nsid_all = 0xFFFFFFFF;

// Bits of CDW12 of commands that name logical blocks.
namespace cdw12 {
inline constexpr uint32_t ForceUnitAccess = 1U << 30U;
inline constexpr uint32_t ProtectionInformation = 0xFU << 26U;  // PRINFO: PRACT and PRCHK
inline constexpr uint32_t Deallocate = 1U << 25U;               // DEAC, Write Zeroes
inline constexpr uint32_t StorageTagCheck = 1U << 24U;          // STC; Copy: of the destination
inline constexpr uint32_t DirectiveType = 0xFU << 20U;          // DTYPE, Write and Copy
inline constexpr uint32_t CopyReadProtection = 0xFU << 12U;     // PRINFOR
inline constexpr uint32_t CopyFormat = 0xFU << 8U;              // descriptor format
inline constexpr uint32_t CopyRanges = 0xFFU;                   // NR, 0's based
}  // namespace cdw12

// Dataset Management: CDW10 and CDW11, and the ranges in its data.
inline constexpr uint32_t dataset_ranges_mask = 0xFF;  // NR, 0's based
inline constexpr uint32_t dataset_deallocate = 1U << 2U;

struct DatasetRange {
  le32 attributes;
  le32 block_count;
  le64 slba;
};
static_assert(sizeof(DatasetRange) == 16 && offsetof(DatasetRange, slba) == 8);

// Copy: a source range of descriptor format 0h.
struct CopyRange {
  uint8_t reserved0[8]{};
  le64 slba;
  le16 nlb;  // 0's based
  uint8_t reserved18[6]{};
  le32 eilbrt;
  le16 elbat;
  le16 elbatm;
};
static_assert(sizeof(CopyRange) == 32 && offsetof(CopyRange, slba) == 8 && offsetof(CopyRange, nlb) == 16);
static_assert(offsetof(CopyRange, eilbrt) == 24 && offsetof(CopyRange, elbatm) == 30);

}  // namespace outrigger::nvme
