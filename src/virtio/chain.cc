#include "virtio/chain.h"

namespace outrigger::virtio {

void ChainReader::store(Chain& chain, iovec segment, bool is_writable) noexcept {
  if (!is_writable && chain.readable_count != chain.count) {
    chain.defect = Defect::WrongOrder;
    return;
  }
  if (chain.count == capacity_) {
    if (chain.segments == spill_) {
      chain.defect = Defect::TooLong;
      return;
    }
    std::copy_n(chain.segments, chain.count, spill_);
    chain.segments = spill_;
    capacity_ = segments_per_chain_max;
  }
  chain.segments[chain.count++] = segment;
  if (!is_writable) {
    ++chain.readable_count;
  }
}

void ChainReader::add_slowly(Chain& chain, uint64_t address, uint32_t length, bool is_writable) noexcept {
  if (chain.defect == Defect::None && chain.count > chain.readable_count) {
    const iovec& last = chain.segments[chain.count - 1];
    chain.last_writable = static_cast<std::byte*>(last.iov_base) + (last.iov_len - 1);
  }
  uint64_t left = length;
  while (left != 0) {  // ends: every turn takes at least one byte of a region, and there are few regions
    const MemoryRegion* const region = memory_->find(address);
    if (region == nullptr) {
      if (chain.defect == Defect::None) {
        chain.defect = Defect::Unmapped;
      }
      return;
    }
    hint_ = region;
    const uint64_t offset = address - region->guest_address;
    const uint64_t piece = std::min(left, region->size_bytes - offset);
    std::byte* const host = region->host + offset;
    if (is_writable) {
      chain.last_writable = host + (piece - 1);
    }
    if (chain.defect == Defect::None) {
      store(chain, {host, static_cast<size_t>(piece)}, is_writable);
    }
    if (piece == left) {
      return;
    }
    left -= piece;
    if (address > UINT64_MAX - piece) {  // the buffer would wrap around the address space
      chain.defect = Defect::Unmapped;
      return;
    }
    address += piece;
  }
}

}  // namespace outrigger::virtio
