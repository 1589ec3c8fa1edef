#include "nvme_host/remote_join.h"

#include "nvme_host/remote_limits.h"

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

// Blocks of a command that may be about `bytes`; 0: no limit.
uint32_t blocks_of(uint64_t bytes, uint32_t block_bytes) noexcept {
  return bytes == 0 ? command_blocks_max
                    : static_cast<uint32_t>(std::clamp<uint64_t>(bytes / block_bytes, 1, command_blocks_max));
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

NamespaceNews::NamespaceNews(std::span<const PathNamespace> before, std::span<const PathNamespace> now) {
  for (const PathNamespace& each : before) {
    before_.emplace(each.nsid, &each);
  }
  for (const PathNamespace& each : now) {
    now_.emplace(each.nsid, &each);
    const Identifiers identifiers(each.uuid, each.nguid, each.eui64);
    if (identifiers != Identifiers() && !is_same(find(before_, each.nsid), each)) {
      news_.insert(identifiers);
    }
  }
}

// The identity, and what makes another device of it.
bool NamespaceNews::is_same(const PathNamespace* one, const PathNamespace& other) noexcept {
  return one != nullptr && one->uuid == other.uuid && one->nguid == other.nguid && one->eui64 == other.eui64 &&
         one->serial == other.serial && one->block_bytes == other.block_bytes;
}

const PathNamespace* NamespaceNews::find(const ByNsid& list, uint32_t nsid) noexcept {
  const auto at = list.find(nsid);
  return at != list.end() ? at->second : nullptr;
}

bool NamespaceNews::belies(const PathNamespace& claim) const {
  const PathNamespace* const before = find(before_, claim.nsid);
  const PathNamespace* const now = find(now_, claim.nsid);
  if (is_same(now, claim)) {
    return false;
  }
  const bool is_other_now = now != nullptr && !is_same(before, *now);
  const bool is_gone = is_same(before, claim);
  return is_other_now || is_gone || news_.contains(Identifiers(claim.uuid, claim.nguid, claim.eui64));
}

uint8_t capabilities_of(const PathController& controller, const PathNamespace& shown) noexcept {
  const auto bit = [](bool is_set, uint8_t value) { return is_set ? value : uint8_t{0}; };
  return static_cast<uint8_t>(bit(controller.can_write_zeroes, capability::WriteZeroes) |
                              bit(controller.can_deallocate, capability::Deallocate) |
                              bit(controller.can_compare_and_write, capability::CompareAndWrite) |
                              bit(controller.can_copy && shown.copy_blocks_max != 0, capability::Copy));
}

uint32_t transfer_blocks_max(const PathController& controller, uint32_t block_bytes) noexcept {
  const uint32_t bytes = controller.transfer_bytes_max == 0
                             ? transfer_bytes_default
                             : std::min(controller.transfer_bytes_max, transfer_bytes_default);
  return std::clamp<uint32_t>(bytes / block_bytes, 1, command_blocks_max);
}

// Without a WZSL the limit of transfers holds as well: MDTS is not about Write Zeroes, but there are targets that take
// it so.
uint32_t zeroes_blocks_max(const PathController& controller, uint32_t block_bytes) noexcept {
  return blocks_of(controller.zeroes_bytes_max != 0 ? controller.zeroes_bytes_max : controller.transfer_bytes_max,
                   block_bytes);
}

uint32_t discard_blocks_max(const PathController& controller) noexcept {
  const uint64_t blocks = controller.discard_blocks_max;
  return blocks == 0 ? discard_blocks_default
                     : static_cast<uint32_t>(std::min<uint64_t>(blocks, discard_blocks_default));
}

// What the range says goes into 16 bits; MDTS is not about Copy, but see above.
uint32_t copy_blocks_max(const PathController& controller, const PathNamespace& shown) noexcept {
  return std::clamp<uint32_t>(shown.copy_blocks_max, 1, blocks_of(controller.transfer_bytes_max, shown.block_bytes));
}

void limit_lane(const PathController& controller, const PathNamespace& shown, uint32_t block_bytes, PathLane& lane) {
  lane.capabilities = capabilities_of(controller, shown);
  lane.transfer_blocks_max = transfer_blocks_max(controller, block_bytes);
  lane.zeroes_blocks_max = zeroes_blocks_max(controller, block_bytes);
  lane.discard_blocks_max = discard_blocks_max(controller);
  lane.copy_blocks_max = copy_blocks_max(controller, shown);
  for (size_t i = 0; i < lane.retry_delay_ns.size(); ++i) {
    lane.retry_delay_ns[i] = std::min(controller.retry_delay_ms[i] * uint64_t{1'000'000}, command_retry_delay_ns_max);
  }
}

block::Geometry geometry_of(const PathNamespace& shown, std::span<const PathController* const> all) {
  uint8_t capabilities = UINT8_MAX;
  uint32_t blocks_max = command_blocks_max;
  bool has_write_cache = false;
  for (const PathController* controller : all) {
    capabilities &= capabilities_of(*controller, shown);
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
