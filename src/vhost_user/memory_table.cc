#include "vhost_user/memory_table.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::vhost_user {
namespace {

bool is_same_place(const RegionDescription& a, const RegionDescription& b) noexcept {
  return a.guest_address == b.guest_address && a.user_address == b.user_address && a.size_bytes == b.size_bytes;
}

}  // namespace

Result<MemoryTable::Entry> MemoryTable::map(const RegionDescription& region, const UniqueFd& fd, size_t number) const {
  for (const Entry& entry : entries_) {
    if (is_same_place(entry.description, region) && entry.mapping->is_same(fd, region.mmap_offset, region.size_bytes)) {
      return entry;
    }
  }
  auto mapping = SharedMapping::create(fd, region.mmap_offset, region.size_bytes, signal_,
                                       fmt::format("memory region {} at {:#x}", number, region.guest_address));
  if (!mapping.has_value()) {
    return std::unexpected(std::move(mapping).error());
  }
  return Entry{.description = region, .mapping = std::move(*mapping)};
}

Result<void> MemoryTable::adopt(std::vector<Entry> entries) {
  std::shared_ptr<const virtio::GuestMemory> memory;
  if (!entries.empty()) {
    std::vector<virtio::MemoryRegion> regions;
    regions.reserve(entries.size());
    for (const Entry& entry : entries) {
      regions.push_back({.guest_address = entry.description.guest_address,
                         .size_bytes = entry.description.size_bytes,
                         .user_address = entry.description.user_address,
                         .host = entry.mapping->bytes().data(),
                         .mapping = entry.mapping});
    }
    OR_ASSIGN(memory, virtio::GuestMemory::create(std::move(regions)));
  }
  entries_ = std::move(entries);
  memory_ = std::move(memory);
  return {};
}

Result<void> MemoryTable::set(std::span<const RegionDescription> regions, std::span<const UniqueFd> fds) {
  check(regions.size() == fds.size(), "the parser matched regions and descriptors");
  std::vector<Entry> entries;
  entries.reserve(regions.size());
  for (size_t i = 0; i < regions.size(); ++i) {
    OR_ASSIGN(Entry entry, map(regions[i], fds[i], i));
    entries.push_back(std::move(entry));
  }
  return adopt(std::move(entries));
}

Result<void> MemoryTable::add(const RegionDescription& region, const UniqueFd& fd) {
  if (entries_.size() >= memory_slots_max) {
    return fail(Code::ResourceExhausted, "all {} memory slots are in use; remove a region first", memory_slots_max);
  }
  std::vector<Entry> entries = entries_;
  OR_ASSIGN(Entry entry, map(region, fd, entries.size()));
  entries.push_back(std::move(entry));
  return adopt(std::move(entries));
}

Result<void> MemoryTable::remove(const RegionDescription& region) {
  std::vector<Entry> entries = entries_;
  const auto erased =
      std::erase_if(entries, [&](const Entry& entry) { return is_same_place(entry.description, region); });
  if (erased == 0) {
    return fail(Code::NotFound, "no memory region of {:#x} bytes at guest address {:#x} (user {:#x}) to remove",
                region.size_bytes, region.guest_address, region.user_address);
  }
  return adopt(std::move(entries));
}

void MemoryTable::clear() {
  entries_.clear();
  memory_.reset();
}

}  // namespace outrigger::vhost_user
