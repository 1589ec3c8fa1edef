#include "core/buffer_pool.h"

#include "base/check.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>

namespace outrigger::core {
namespace {

constexpr size_t huge_page_bytes = 2UL << 20;

size_t round_up(size_t value, size_t unit) noexcept { return (value + unit - 1) / unit * unit; }

}  // namespace

Result<std::unique_ptr<BufferPool>> BufferPool::create(size_t total_bytes) {
  if (total_bytes == 0 || total_bytes > SIZE_MAX / 2) {
    return fail(Code::InvalidArgument, "a buffer pool of {} bytes: at least one buffer of {} bytes is needed",
                total_bytes, buffer_bytes);
  }
  std::unique_ptr<BufferPool> pool(new BufferPool());
  pool->count_ = round_up(total_bytes, buffer_bytes) / buffer_bytes;
  constexpr int protection = PROT_READ | PROT_WRITE;
  constexpr int kind = MAP_PRIVATE | MAP_ANONYMOUS;
  void* memory = MAP_FAILED;
  const size_t bytes = pool->count_ * buffer_bytes;
  if (bytes >= huge_page_bytes) {
    pool->mapped_bytes_ = round_up(bytes, huge_page_bytes);
    memory = ::mmap(nullptr, pool->mapped_bytes_, protection, kind | MAP_HUGETLB, -1, 0);
  }
  if (memory == MAP_FAILED) {
    pool->mapped_bytes_ = bytes;
    memory = ::mmap(nullptr, bytes, protection, kind, -1, 0);
    if (memory == MAP_FAILED) {
      return fail_errno(errno, "memory for a buffer pool");
    }
    // Advice only: transparent huge pages where no reserved ones are.
    ::madvise(memory, bytes, MADV_HUGEPAGE);
  }
  pool->memory_ = static_cast<std::byte*>(memory);
  for (size_t i = pool->count_; i > 0; --i) {
    pool->give_back(pool->memory_ + (i - 1) * buffer_bytes);
  }
  return pool;
}

BufferPool::~BufferPool() {
  if (memory_ != nullptr) {
    check(free_count_ == count_, "a buffer pool is destroyed after every buffer came back");
    ::munmap(memory_, mapped_bytes_);
  }
}

std::byte* BufferPool::take() noexcept {
  FreeBuffer* const buffer = free_;
  if (buffer == nullptr) {
    return nullptr;
  }
  free_ = buffer->next;
  --free_count_;
  return reinterpret_cast<std::byte*>(buffer);
}

void BufferPool::give_back(std::byte* buffer) noexcept {
  check(buffer >= memory_ && buffer < memory_ + count_ * buffer_bytes, "a buffer goes back to its own pool");
  check(static_cast<size_t>(buffer - memory_) % buffer_bytes == 0, "a buffer goes back by its first byte");
  check(free_count_ < count_, "a buffer goes back once");
  free_ = new (buffer) FreeBuffer{free_};
  ++free_count_;
}

}  // namespace outrigger::core
