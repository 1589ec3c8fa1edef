// LoopDevice: a block device of the kernel's own over a temporary file, so that what is written for block devices
// (exclusive opening, size and alignment by ioctl, discard and zeroes on the device) meets a real one. Needs
// CAP_SYS_ADMIN.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstdint>
#include <string>

namespace outrigger::contract {

class LoopDevice {
 public:
  // Over an unlinked file in `directory`. The kernel takes the device away when the last user has closed it, so nothing
  // is left behind by a test that dies either.
  static Result<LoopDevice> create(const std::string& directory, uint64_t size_bytes, uint32_t block_size);

  // Cuts or lengthens it below the feet of whoever uses it.
  Result<void> resize(uint64_t size_bytes);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Why this machine gives us none; empty when it does.
  static std::string why_missing();

 private:
  UniqueFd file_;
  UniqueFd device_;
  std::string path_;
};

}  // namespace outrigger::contract
