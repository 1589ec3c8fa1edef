#include "virtio/blk_config.h"

#include "base/check.h"
#include "virtio/ring_format.h"

#include <algorithm>
#include <bit>

namespace outrigger::virtio {

namespace {

// Buffers of one request besides header and status. Chains must not be longer than the ring (§2.7.5.3.1).
uint32_t segments_max(const block::Geometry& geometry, const BlkOptions& options) noexcept {
  constexpr uint32_t wanted = 126;  // with header and status: 128, the usual size of a ring
  uint32_t count = std::min<uint32_t>(wanted, options.queue_size_max > 2 ? options.queue_size_max - 2U : 1U);
  if (geometry.transfer_bytes_max != 0) {
    count = std::clamp<uint32_t>(geometry.transfer_bytes_max / 4096, 1, count);
  }
  return count;
}

// A number of blocks as sectors that a 32-bit field holds, still whole blocks. 0 blocks: as many as can be said.
uint32_t sectors_saturated(uint64_t blocks, uint32_t block_size) noexcept {
  const uint32_t per_block = block_size / sector_bytes;
  const uint32_t most = UINT32_MAX / per_block * per_block;
  return blocks == 0 || blocks > most / per_block ? most : static_cast<uint32_t>(blocks * per_block);
}

// Bytes as whole blocks.
template <typename T>
T blocks_of(uint32_t bytes, uint32_t block_size) noexcept {
  return static_cast<T>(bytes / block_size);
}

}  // namespace

uint64_t blk_features(const block::Geometry& geometry, const BlkOptions& options) noexcept {
  uint64_t features = feature::Version1 | feature::RingIndirectDesc | feature::RingEventIdx;
  // §5.2.5.2: FLUSH should always be offered, and must be when CONFIG_WCE is.
  features |= blk_feature::SegMax | blk_feature::BlkSize | blk_feature::Topology | blk_feature::Flush |
              blk_feature::ConfigWce;
  if (geometry.transfer_bytes_max != 0) {
    features |= blk_feature::SizeMax;
  }
  if (options.offers_packed) {
    features |= feature::RingPacked;
  }
  if (options.queue_count_max > 1) {
    features |= blk_feature::Mq;
  }
  if (options.is_read_only || !geometry.is_writable) {
    return features | blk_feature::Ro;
  }
  if (geometry.can_discard) {
    features |= blk_feature::Discard;
  }
  if (geometry.can_write_zeroes) {
    features |= blk_feature::WriteZeroes;
  }
  return features;
}

BlkConfigSpace blk_config_space(const block::Geometry& geometry, const BlkOptions& options,
                                bool is_writeback) noexcept {
  BlkConfigSpace space;
  space.capacity = geometry.size_bytes() / sector_bytes;
  space.seg_max = segments_max(geometry, options);
  if (geometry.transfer_bytes_max != 0) {
    space.size_max = std::max<uint32_t>(geometry.transfer_bytes_max / segments_max(geometry, options),
                                        geometry.block_size);
  }
  space.blk_size = geometry.block_size;
  const uint32_t physical = std::max(geometry.physical_block_size, geometry.block_size);
  space.physical_block_exp = static_cast<uint8_t>(std::bit_width(physical / geometry.block_size) - 1);
  space.min_io_size = blocks_of<uint16_t>(std::min<uint32_t>(physical, UINT16_MAX * geometry.block_size),
                                          geometry.block_size);
  space.opt_io_size = blocks_of<uint32_t>(geometry.optimal_io_bytes, geometry.block_size);
  space.writeback = is_writeback ? 1 : 0;
  space.num_queues = options.queue_count_max;
  if (geometry.can_discard) {
    space.max_discard_sectors = sectors_saturated(0, geometry.block_size);
    space.max_discard_seg = blk_ranges_max;
    space.discard_sector_alignment =
        std::max<uint32_t>(geometry.discard_alignment_blocks, 1) * (geometry.block_size / sector_bytes);
  }
  if (geometry.can_write_zeroes) {
    space.max_write_zeroes_sectors = sectors_saturated(0, geometry.block_size);
    space.max_write_zeroes_seg = blk_ranges_max;
    space.write_zeroes_may_unmap = geometry.can_discard ? 1 : 0;
  }
  return space;
}

BlkLimits negotiated_limits(BlkLimits limits, uint64_t features) {
  limits.can_discard = limits.can_discard && (features & blk_feature::Discard) != 0;
  limits.can_write_zeroes = limits.can_write_zeroes && (features & blk_feature::WriteZeroes) != 0;
  return limits;
}

BlkLimits blk_limits(const block::Device& device, const BlkOptions& options) {
  const block::Geometry& geometry = device.fixed_geometry();
  check(std::has_single_bit(geometry.block_size) && geometry.block_size >= sector_bytes,
        "block sizes are powers of two from 512 up");
  const uint32_t most_bytes =
      geometry.transfer_bytes_max == 0 ? piece_bytes_max : std::min(geometry.transfer_bytes_max, piece_bytes_max);
  return {.block_shift = static_cast<uint32_t>(std::countr_zero(geometry.block_size)),
          .is_read_only = options.is_read_only || !geometry.is_writable,
          .has_write_cache = geometry.has_write_cache,
          .can_discard = geometry.can_discard,
          .can_write_zeroes = geometry.can_write_zeroes,
          .can_unmap_zeroes = geometry.can_discard,
          .piece_bytes = std::max(most_bytes / geometry.block_size * geometry.block_size, geometry.block_size),
          .range_piece_blocks = geometry.discard_blocks_max == 0 ? range_piece_bytes_max / geometry.block_size
                                                                 : std::min(range_piece_bytes_max / geometry.block_size,
                                                                            geometry.discard_blocks_max),
          .id = (options.serial.empty() ? device.name() : options.serial).substr(0, blk_id_bytes)};
}

}  // namespace outrigger::virtio
