#include "load/shared_memory.h"

#include "base/check.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace outrigger::load {
namespace {

constexpr uint64_t small_page_bytes = 4096;
constexpr uint64_t huge_page_bytes = 2ULL << 20;

}  // namespace

bool SharedMemory::map(unsigned memfd_flags, uint64_t page_bytes, uint64_t size_bytes) {
  const uint64_t whole = (size_bytes + page_bytes - 1) / page_bytes * page_bytes;
  UniqueFd fd(::memfd_create("outrigger-load", MFD_CLOEXEC | memfd_flags));
  if (!fd.is_open() || ::ftruncate(fd.get(), static_cast<off_t>(whole)) != 0) {
    return false;
  }
  void* const mapped = ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (mapped == MAP_FAILED) {
    return false;
  }
  fd_ = std::move(fd);
  base_ = static_cast<std::byte*>(mapped);
  size_bytes_ = whole;
  return true;
}

Result<std::unique_ptr<SharedMemory>> SharedMemory::create(uint64_t size_bytes) {
  std::unique_ptr<SharedMemory> memory(new SharedMemory);
  memory->is_huge_ = memory->map(MFD_HUGETLB, huge_page_bytes, size_bytes);
  if (!memory->is_huge_ && !memory->map(0, small_page_bytes, size_bytes)) {
    return fail_errno(errno, fmt::format("cannot get {} bytes of shared memory", size_bytes));
  }
  return memory;
}

SharedMemory::~SharedMemory() {
  if (base_ != nullptr) {
    ::munmap(base_, size_bytes_);
  }
}

std::byte* SharedMemory::allocate(uint64_t bytes, uint64_t alignment) {
  next_ = (next_ + alignment - 1) / alignment * alignment;
  check(next_ + bytes <= size_bytes_, "the shared memory was sized for what is put into it");
  std::byte* const at = base_ + next_;
  next_ += bytes;
  return at;
}

}  // namespace outrigger::load
