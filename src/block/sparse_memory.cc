#include "block/sparse_memory.h"

#include "base/check.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outrigger::block {
namespace {

constexpr uint64_t page_bytes = 4096;
constexpr uint64_t huge_page_bytes = 2ULL << 20;
// Smaller volumes stay on small pages: one touched block would cost 2 MiB.
constexpr uint64_t huge_page_volume_min = 64ULL << 20;

}  // namespace

SparseMemory::~SparseMemory() {
  for (const Segment& segment : segments_) {
    if (segment.memory != nullptr) {
      ::munmap(segment.memory, segment.bytes);
    }
  }
}

Result<void> SparseMemory::reserve(uint64_t size) {
  const size_t count = segment_count_.load(std::memory_order_relaxed);
  const uint64_t have = count == 0 ? 0 : segments_[count - 1].start + segments_[count - 1].bytes;
  if (size <= have) {
    return {};
  }
  check(count < segment_count_max, "segments double, so that there are few");
  const uint64_t unit = size >= huge_page_volume_min ? huge_page_bytes : page_bytes;
  const uint64_t wanted = (std::max(size - have, have) + unit - 1) / unit * unit;
  // Without reserving swap: the volume is sparse, and its size is a promise, not a need.
  void* const memory =
      ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return fail_errno(errno, "address space for a memory volume");
  }
  if (size >= huge_page_volume_min) {
    ::madvise(memory, wanted, MADV_HUGEPAGE);
  }
  // A core dump of the daemon does not hold the users' data.
  ::madvise(memory, wanted, MADV_DONTDUMP);
  segments_[count] = {static_cast<std::byte*>(memory), have, wanted};
  segment_count_.store(count + 1, std::memory_order_release);
  return {};
}

std::span<std::byte> SparseMemory::piece_of_later(uint64_t offset, uint64_t length) const noexcept {
  const size_t count = segment_count_.load(std::memory_order_acquire);
  for (size_t i = 0; i < count; ++i) {
    const Segment& segment = segments_[i];
    const uint64_t end = segment.start + segment.bytes;
    if (offset < end) {
      return {segment.memory + (offset - segment.start), std::min(length, end - offset)};
    }
  }
  check(false, "what is accessed was reserved");
  return {};
}

void SparseMemory::zero(uint64_t offset, uint64_t length, bool gives_back) noexcept {
  while (length > 0) {
    const std::span<std::byte> part = piece(offset, length);
    const auto begin = reinterpret_cast<uintptr_t>(part.data());
    const uintptr_t end = begin + part.size();
    const uintptr_t first_page = (begin + page_bytes - 1) / page_bytes * page_bytes;
    const uintptr_t last_page = end / page_bytes * page_bytes;
    if (gives_back && first_page < last_page &&
        ::madvise(part.data() + (first_page - begin), last_page - first_page, MADV_DONTNEED) == 0) {
      std::memset(part.data(), 0, first_page - begin);
      std::memset(part.data() + (last_page - begin), 0, end - last_page);
    } else {
      std::memset(part.data(), 0, part.size());
    }
    offset += part.size();
    length -= part.size();
  }
}

}  // namespace outrigger::block
