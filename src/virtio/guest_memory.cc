#include "virtio/guest_memory.h"

#include <algorithm>

namespace outrigger::virtio {

namespace {

// True when [start, start + size) does not wrap around the end of the address space.
bool is_range(uint64_t start, uint64_t size) noexcept {
  return size != 0 && size - 1 <= UINT64_MAX - start;
}

bool do_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) noexcept {
  return a <= b ? b - a < a_size : a - b < b_size;
}

Result<void> validate(const MemoryRegion& region) {
  if (!is_range(region.guest_address, region.size_bytes) || !is_range(region.user_address, region.size_bytes) ||
      region.host == nullptr) {
    return fail(Code::InvalidArgument,
                "memory region at guest address {:#x} with {:#x} bytes at user address {:#x} is empty, wraps around "
                "the address space or is not mapped",
                region.guest_address, region.size_bytes, region.user_address);
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const GuestMemory>> GuestMemory::create(std::vector<MemoryRegion> regions) {
  if (regions.size() > regions_max) {
    return fail(Code::ResourceExhausted, "{} memory regions: at most {} are served", regions.size(), regions_max);
  }
  for (const MemoryRegion& region : regions) {
    OR_TRY(validate(region));
  }
  std::ranges::sort(regions, {}, &MemoryRegion::guest_address);
  for (size_t i = 0; i < regions.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const MemoryRegion& a = regions[j];
      const MemoryRegion& b = regions[i];
      if (do_overlap(a.guest_address, a.size_bytes, b.guest_address, b.size_bytes)) {
        return fail(Code::InvalidArgument, "memory regions at guest addresses {:#x} and {:#x} overlap",
                    a.guest_address, b.guest_address);
      }
    }
  }
  // Not make_shared: the constructor is private.
  std::shared_ptr<GuestMemory> memory(new GuestMemory);
  memory->regions_ = std::move(regions);
  return std::shared_ptr<const GuestMemory>(std::move(memory));
}

const MemoryRegion* GuestMemory::find(uint64_t address) const noexcept {
  // Few regions (QEMU: two to four): a linear walk is as fast as anything. The subtraction cannot wrap into a
  // false hit, because an address below the region gives a number larger than any region.
  for (const MemoryRegion& region : regions_) {
    if (address - region.guest_address < region.size_bytes) {
      return &region;
    }
  }
  return nullptr;
}

std::byte* GuestMemory::translate(uint64_t address, uint64_t length) const noexcept {
  const MemoryRegion* const region = find(address);
  if (region == nullptr || length > region->size_bytes - (address - region->guest_address)) {
    return nullptr;
  }
  return region->host + (address - region->guest_address);
}

std::byte* GuestMemory::translate_user(uint64_t address, uint64_t length) const noexcept {
  for (const MemoryRegion& region : regions_) {
    const uint64_t offset = address - region.user_address;
    if (offset < region.size_bytes) {
      return length <= region.size_bytes - offset ? region.host + offset : nullptr;
    }
  }
  return nullptr;
}

uint64_t GuestMemory::guest_address_of(const std::byte* at) const noexcept {
  for (const MemoryRegion& region : regions_) {
    const auto offset = reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(region.host);
    if (offset < region.size_bytes) {
      return region.guest_address + offset;
    }
  }
  return no_address;
}

uint64_t GuestMemory::contiguous_from(uint64_t address) const noexcept {
  const MemoryRegion* const region = find(address);
  return region == nullptr ? 0 : region->size_bytes - (address - region->guest_address);
}

void DirtyLog::mark(uint64_t guest_address, uint64_t length) noexcept {
  if (length == 0) {
    return;
  }
  const uint64_t last_byte = length - 1 <= UINT64_MAX - guest_address ? guest_address + (length - 1) : UINT64_MAX;
  const uint64_t page_count = static_cast<uint64_t>(bitmap_.size()) * 8;
  const uint64_t first = guest_address / page_bytes;
  const uint64_t last = std::min(last_byte / page_bytes, page_count == 0 ? 0 : page_count - 1);
  if (first >= page_count) {
    return;
  }
  for (uint64_t page = first; page <= last; ++page) {
    auto& byte = reinterpret_cast<uint8_t&>(bitmap_[static_cast<size_t>(page / 8)]);
    const auto bit = static_cast<uint8_t>(1U << (page % 8));
    std::atomic_ref<uint8_t> cell(byte);
    // Always a read-modify-write, never "skip when it is set": the front end exchanges the byte for zero and copies
    // the pages; the total order of the two decides whether this write is in that copy or in the next.
    cell.fetch_or(bit, std::memory_order_seq_cst);
  }
}

}  // namespace outrigger::virtio
