// virtio-blk as the virtio 1.2 specification, §5.2, lays it out.
#pragma once

#include "base/endian.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::virtio {

inline constexpr uint32_t blk_device_id = 2;  // §5.2.1
inline constexpr uint32_t sector_bytes = 512;  // the protocol's unit, whatever the block size
inline constexpr uint32_t sector_shift = 9;

// §5.2.3: feature bits, as masks.
namespace blk_feature {
inline constexpr uint64_t SizeMax = 1ULL << 1;
inline constexpr uint64_t SegMax = 1ULL << 2;
inline constexpr uint64_t Ro = 1ULL << 5;
inline constexpr uint64_t BlkSize = 1ULL << 6;
inline constexpr uint64_t Flush = 1ULL << 9;
inline constexpr uint64_t Topology = 1ULL << 10;
inline constexpr uint64_t ConfigWce = 1ULL << 11;
inline constexpr uint64_t Mq = 1ULL << 12;
inline constexpr uint64_t Discard = 1ULL << 13;
inline constexpr uint64_t WriteZeroes = 1ULL << 14;
}  // namespace blk_feature

// §5.2.4: struct virtio_blk_config, up to what version 1.2 defines for devices that are not zoned.
struct BlkConfigSpace {
  le64 capacity;  // in sectors
  le32 size_max;
  le32 seg_max;
  le16 cylinders;
  uint8_t heads = 0;
  uint8_t sectors = 0;
  le32 blk_size;
  uint8_t physical_block_exp = 0;
  uint8_t alignment_offset = 0;
  le16 min_io_size;
  le32 opt_io_size;
  uint8_t writeback = 0;
  uint8_t unused0 = 0;
  le16 num_queues;
  le32 max_discard_sectors;
  le32 max_discard_seg;
  le32 discard_sector_alignment;
  le32 max_write_zeroes_sectors;
  le32 max_write_zeroes_seg;
  uint8_t write_zeroes_may_unmap = 0;
  uint8_t unused1[3] = {};
  le32 max_secure_erase_sectors;
  le32 max_secure_erase_seg;
  le32 secure_erase_sector_alignment;
};
static_assert(sizeof(BlkConfigSpace) == 72);
static_assert(offsetof(BlkConfigSpace, seg_max) == 12 && offsetof(BlkConfigSpace, blk_size) == 20);
static_assert(offsetof(BlkConfigSpace, writeback) == 32 && offsetof(BlkConfigSpace, num_queues) == 34);
static_assert(offsetof(BlkConfigSpace, max_discard_sectors) == 36);
static_assert(offsetof(BlkConfigSpace, write_zeroes_may_unmap) == 56);

// §5.2.6: the header of a request.
struct BlkRequestHeader {
  le32 type;
  le32 reserved;
  le64 sector;
};
static_assert(sizeof(BlkRequestHeader) == 16);

namespace blk_type {
inline constexpr uint32_t In = 0;
inline constexpr uint32_t Out = 1;
inline constexpr uint32_t Flush = 4;
inline constexpr uint32_t FlushOut = 5;  // §5.2.6.3: what old drivers call it
inline constexpr uint32_t GetId = 8;
inline constexpr uint32_t Discard = 11;
inline constexpr uint32_t WriteZeroes = 13;
}  // namespace blk_type

inline constexpr size_t blk_id_bytes = 20;

enum class BlkStatus : uint8_t { Ok = 0, IoError = 1, Unsupported = 2 };

// §5.2.6: one range of a discard or write-zeroes request.
struct BlkRange {
  le64 sector;
  le32 sector_count;
  le32 flags;
};
static_assert(sizeof(BlkRange) == 16);
inline constexpr uint32_t blk_range_unmap = 1;
inline constexpr uint32_t blk_ranges_max = 32;  // what we offer in max_discard_seg and max_write_zeroes_seg

}  // namespace outrigger::virtio
