// Data structures of I/O commands, as they are on the wire (NVM Command Set Specification 1.0, figures 32 and 38).
#pragma once

#include "base/endian.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_host {

// One range of Dataset Management.
struct DatasetRange {
  le32 attributes;
  le32 block_count;
  le64 slba;
};
static_assert(sizeof(DatasetRange) == 16 && offsetof(DatasetRange, slba) == 8);

// One source range of Copy, descriptor format 0h.
struct CopyRange {
  uint8_t reserved[8]{};
  le64 slba;
  le16 block_count;  // 0's based
  uint8_t reserved18[6]{};
  le32 eilbrt;
  le16 elbat, elbatm;
};
static_assert(sizeof(CopyRange) == 32 && offsetof(CopyRange, slba) == 8 && offsetof(CopyRange, block_count) == 16);

namespace cdw {
inline constexpr uint32_t Fua = 1U << 30U;         // Read, Write, Write Zeroes, Copy: CDW12
inline constexpr uint32_t Deallocate = 1U << 25U;  // Write Zeroes: CDW12 (DEAC)
inline constexpr uint32_t DatasetAd = 1U << 2U;    // Dataset Management: CDW11
}  // namespace cdw

}  // namespace outrigger::nvme_host
