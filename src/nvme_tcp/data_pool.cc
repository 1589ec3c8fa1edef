#include "nvme_tcp/data_pool.h"

#include "base/check.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace outrigger::nvme_tcp {

DataPool::DataPool(size_t total_bytes) {
  small_.buffer_bytes = small_bytes;
  small_.count = small_.free_count =
      static_cast<uint32_t>(std::max<size_t>(total_bytes / 4 / small_bytes, 2 * small_per_command_max));
  large_.buffer_bytes = large_bytes;
  large_.count = large_.free_count = static_cast<uint32_t>(std::max<size_t>(total_bytes * 3 / 4 / large_bytes, 1));
  mapped_bytes_ = small_.count * small_bytes + large_.count * large_bytes;
  void* const memory =
      ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  check(memory != MAP_FAILED, "there is address space for a core's data buffers");
  ::madvise(memory, mapped_bytes_, MADV_HUGEPAGE);
  memory_ = static_cast<std::byte*>(memory);
  large_.memory = memory_;
  small_.memory = memory_ + large_.count * large_bytes;
}

DataPool::~DataPool() {
  check(is_whole(), "a data pool goes after every buffer came back");
  ::munmap(memory_, mapped_bytes_);
}

std::byte* DataPool::Class::take() noexcept {
  --free_count;
  if (free != nullptr) {
    Free* const buffer = free;
    free = buffer->next;
    return reinterpret_cast<std::byte*>(buffer);
  }
  return memory + fresh++ * buffer_bytes;
}

void DataPool::Class::give_back(void* buffer) noexcept {
  check(free_count < count, "a data buffer goes back once");
  free = new (buffer) Free{free};
  ++free_count;
}

bool DataPool::take(BufferNeed need, size_t bytes, std::span<iovec> pieces) noexcept {
  Class& from = need.kind == BufferKind::Small ? small_ : large_;
  if (need.count > from.free_count || need.count > pieces.size()) {
    return false;
  }
  if (need.count == 1) {
    pieces.front() = {from.take(), bytes};
    return true;
  }
  for (uint32_t i = 0; i < need.count; ++i) {
    const size_t step = std::min(bytes, from.buffer_bytes);
    pieces[i] = {from.take(), step};
    bytes -= step;
  }
  return true;
}

void DataPool::give_back(BufferKind kind, std::span<const iovec> pieces) noexcept {
  Class& to = kind == BufferKind::Small ? small_ : large_;
  // The last one first, so that the next command finds them in the order in which they lie.
  for (size_t i = pieces.size(); i > 0; --i) {
    to.give_back(pieces[i - 1].iov_base);
  }
}

}  // namespace outrigger::nvme_tcp
