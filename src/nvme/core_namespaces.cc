#include "nvme/core_namespaces.h"

#include "base/check.h"
#include "nvme/limits.h"
#include "nvme/pair_lock.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace outrigger::nvme {

CoreNamespaces::~CoreNamespaces() {
  check(std::ranges::all_of(entries_, [](const Entry& entry) { return entry.channel == nullptr; }),
        "namespaces are removed before their core's channels go");
}

Result<void> CoreNamespaces::add(uint32_t nsid, block::Device& device, PairLock* pair_lock) {
  check(nsid - 1 < entries_.size() && find(nsid) == nullptr, "a namespace is added once");
  OR_ASSIGN(auto channel, device.open_channel(reactor_));
  const block::Geometry& geometry = device.fixed_geometry();
  Entry& entry = entries_[nsid - 1];
  entry.channel = std::move(channel);
  entry.device = &device;
  entry.block_bytes = geometry.block_size;
  entry.block_shift = static_cast<uint8_t>(std::countr_zero(geometry.block_size));
  entry.transfer_bytes_max = geometry.transfer_bytes_max;
  entry.discard_blocks_max = geometry.discard_blocks_max;
  const bool is_cheap = geometry.zeroes_cost == block::ZeroesCost::Nothing;
  entry.zeroes_bytes_max = is_cheap ? range_piece_bytes_max : copy_piece_bytes_max;
  entry.is_writable = geometry.is_writable;
  entry.can_discard = geometry.can_discard;
  entry.can_write_zeroes = geometry.can_write_zeroes;
  entry.can_compare_and_write = geometry.can_compare_and_write;
  entry.pair_leg = pair_lock != nullptr ? &pair_lock->leg_of(*this) : nullptr;
  entry.can_copy = geometry.can_copy;
  entry.leaves_reads_untouched = geometry.leaves_reads_untouched;
  return {};
}

void CoreNamespaces::remove(uint32_t nsid) {
  check(find(nsid) != nullptr, "a namespace is removed after it was added");
  entries_[nsid - 1] = {};
}

}  // namespace outrigger::nvme
