#include "vhost_user/shared_mapping.h"

#include "vhost_user/limits.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace outrigger::vhost_user {
namespace {

constexpr uint64_t small_page_bytes = 4096;

// The file behind `fd`, when `size_bytes` at `offset` lie within it.
Result<struct stat> examine(const UniqueFd& fd, uint64_t offset, uint64_t size_bytes, std::string_view what) {
  if (size_bytes == 0 || size_bytes > region_bytes_max) {
    return fail(Code::InvalidArgument, "{} has {} bytes; it must have 1 to {}", what, size_bytes, region_bytes_max);
  }
  if (offset > UINT64_MAX - size_bytes) {
    return fail(Code::InvalidArgument, "{} starts at offset {:#x} and would wrap around", what, offset);
  }
  struct stat file{};
  if (::fstat(fd.get(), &file) != 0) {
    return fail_errno(errno, fmt::format("{}: cannot look at its descriptor", what));
  }
  // Seals exist where the file is memory and nowhere else. Any other file may be behind FUSE or on NFS, and a data core
  // that touches it would sleep until somebody there answers.
  if (!S_ISREG(file.st_mode) || ::fcntl(fd.get(), F_GET_SEALS) < 0) {
    return fail(
        Code::InvalidArgument,
        "{}: its descriptor is not memory: a memfd (memory-backend-memfd), or a file in tmpfs such as /dev/shm or in "
        "hugetlbfs",
        what);
  }
  if (static_cast<uint64_t>(file.st_size) < offset + size_bytes) {
    return fail(Code::OutOfRange, "{} needs bytes {:#x} to {:#x} of a file that has {:#x}", what, offset,
                offset + size_bytes, file.st_size);
  }
  return file;
}

}  // namespace

Result<std::shared_ptr<SharedMapping>> SharedMapping::create(const UniqueFd& fd, uint64_t offset, uint64_t size_bytes,
                                                             std::shared_ptr<BreakSignal> signal,
                                                             std::string_view what) {
  OR_ASSIGN(const struct stat file, examine(fd, offset, size_bytes, what));
  // On hugetlbfs the block size is the size of its pages, and mappings begin and end at whole ones.
  const auto block_bytes = static_cast<uint64_t>(std::max<blksize_t>(file.st_blksize, 1));
  const uint64_t page_bytes =
      std::has_single_bit(block_bytes) ? std::max(block_bytes, small_page_bytes) : small_page_bytes;
  const uint64_t begin = offset & ~(page_bytes - 1);
  const uint64_t end = (offset + size_bytes + page_bytes - 1) & ~(page_bytes - 1);

  OR_TRY(signal->budget().take(end - begin, what));
  std::shared_ptr<SharedMapping> mapping(new SharedMapping);
  mapping->signal_ = signal;
  mapping->mapped_bytes_ = end - begin;
  void* const mapped = ::mmap(nullptr, end - begin, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd.get(),
                              static_cast<off_t>(begin));
  if (mapped == MAP_FAILED) {
    return fail_errno(errno, fmt::format("{}: cannot map {} bytes at offset {:#x}", what, end - begin, begin));
  }
  mapping->base_ = static_cast<std::byte*>(mapped);
  // A guest's memory is no part of our core dumps.
  ::madvise(mapped, end - begin, MADV_DONTDUMP);
  mapping->bytes_ = std::span(mapping->base_ + (offset - begin), size_bytes);
  mapping->device_ = file.st_dev;
  mapping->inode_ = file.st_ino;
  mapping->offset_ = offset;
  auto guard = GuardedRange::create(std::span(mapping->base_, mapping->mapped_bytes_), page_bytes, std::move(signal));
  if (!guard.has_value()) {
    return with_context(std::move(guard).error(), what);
  }
  mapping->guard_ = std::move(*guard);
  return mapping;
}

SharedMapping::~SharedMapping() {
  guard_ = GuardedRange();
  if (base_ != nullptr) {
    ::munmap(base_, mapped_bytes_);
  }
  if (signal_ != nullptr) {
    signal_->budget().give_back(mapped_bytes_);
  }
}

bool SharedMapping::is_same(const UniqueFd& fd, uint64_t offset, uint64_t size_bytes) const noexcept {
  struct stat file{};
  return offset == offset_ && size_bytes == bytes_.size() && ::fstat(fd.get(), &file) == 0 && file.st_dev == device_ &&
         file.st_ino == inode_;
}

}  // namespace outrigger::vhost_user
