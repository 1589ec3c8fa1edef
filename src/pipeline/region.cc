// Region by mmap without reserve: the kernel gives pages on first touch.
#include "pipeline/region.h"

#include "pipeline/limits.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace outrigger::pipeline {

Result<Region> Region::make(uint64_t bytes, std::string_view what, bool is_dense) {
  if (bytes == 0 || bytes > region_bytes_max) {
    return fail(Code::ResourceExhausted, "{} would need {} bytes of address space; at most {} are given", what, bytes,
                region_bytes_max);
  }
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return fail(Code::ResourceExhausted, "no memory for {} ({} bytes)", what, bytes);
  }
  if (is_dense) {
    (void)::madvise(memory, bytes, MADV_HUGEPAGE);  // faster where it is allowed, the same where it is not
  }
  Region region;
  region.data_ = static_cast<std::byte*>(memory);
  region.bytes_ = bytes;
  return region;
}

Region::~Region() {
  if (data_ != nullptr) {
    ::munmap(data_, bytes_);
  }
}

Region::Region(Region&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Region& Region::operator=(Region&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace outrigger::pipeline
