#include "nvme_host/remote_join.h"

#include "nvme_host/remote_limits.h"
#include "nvme_host/remote_table.h"

#include <algorithm>
#include <bit>

namespace outrigger::nvme_host {
namespace {

constexpr uint32_t block_bytes_min = 512;
constexpr uint32_t block_bytes_max = 65536;

// A power of two between a block and what a 32-bit number of bytes can say; otherwise the block.
uint32_t physical_bytes(const PathNamespace& shown) noexcept {
  const uint32_t bytes = shown.physical_block_bytes;
  return std::has_single_bit(bytes) && bytes >= shown.block_bytes ? bytes : shown.block_bytes;
}

}  // namespace

Result<void> check_format(const PathNamespace& shown) {
  if (!std::has_single_bit(shown.block_bytes) || shown.block_bytes < block_bytes_min ||
      shown.block_bytes > block_bytes_max) {
    return fail(Code::InvalidArgument, "blocks of {} bytes cannot be used; only powers of two from {} to {}",
                shown.block_bytes, block_bytes_min, block_bytes_max);
  }
  if (shown.block_count == 0 || shown.block_count > INT64_MAX / shown.block_bytes) {
    return fail(Code::InvalidArgument, "{} blocks of {} bytes is not a size that can be used", shown.block_count,
                shown.block_bytes);
  }
  return {};
}

uint8_t capabilities_of(const PathController& controller) noexcept {
  const auto bit = [](bool is_set, uint8_t value) { return is_set ? value : uint8_t{0}; };
  return static_cast<uint8_t>(bit(controller.can_write_zeroes, capability::WriteZeroes) |
                              bit(controller.can_deallocate, capability::Deallocate) |
                              bit(controller.can_compare_and_write, capability::CompareAndWrite) |
                              bit(controller.can_copy, capability::Copy));
}

uint32_t transfer_blocks_max(const PathController& controller, uint32_t block_bytes) noexcept {
  const uint32_t bytes = controller.transfer_bytes_max == 0
                             ? transfer_bytes_default
                             : std::min(controller.transfer_bytes_max, transfer_bytes_default);
  return std::clamp<uint32_t>(bytes / block_bytes, 1, command_blocks_max);
}

uint32_t zeroes_blocks_max(const PathController& controller, uint32_t block_bytes) noexcept {
  if (controller.transfer_bytes_max == 0) {
    return command_blocks_max;
  }
  return std::clamp<uint32_t>(controller.transfer_bytes_max / block_bytes, 1, command_blocks_max);
}

block::Geometry geometry_of(const PathNamespace& shown, std::span<const PathController* const> all) {
  uint8_t capabilities = UINT8_MAX;
  uint32_t blocks_max = command_blocks_max;
  bool has_write_cache = false;
  for (const PathController* controller : all) {
    capabilities &= capabilities_of(*controller);
    blocks_max = std::min(blocks_max, transfer_blocks_max(*controller, shown.block_bytes));
    has_write_cache = has_write_cache || controller->has_write_cache;
  }
  block::Geometry geometry;
  geometry.block_size = shown.block_bytes;
  geometry.block_count = shown.block_count;
  geometry.physical_block_size = physical_bytes(shown);
  geometry.optimal_io_bytes = shown.optimal_io_bytes;
  geometry.transfer_bytes_max = blocks_max * shown.block_bytes;
  geometry.is_writable = shown.is_writable;
  geometry.has_write_cache = has_write_cache;
  geometry.can_discard = (capabilities & capability::Deallocate) != 0;
  geometry.can_write_zeroes = (capabilities & capability::WriteZeroes) != 0;
  geometry.can_compare_and_write = (capabilities & capability::CompareAndWrite) != 0;
  geometry.can_copy = (capabilities & capability::Copy) != 0;
  return geometry;
}

}  // namespace outrigger::nvme_host
