// IovCursor: a place in a request's scattered memory, and the way forward from it.
#pragma once

#include "base/check.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace outrigger::block {

class IovCursor {
 public:
  IovCursor() noexcept = default;
  explicit IovCursor(const iovec* iov) noexcept : iov_(iov) {}

  // Memory from here on, and how many bytes of it lie together (at most `limit`). The caller knows that there are more.
  [[nodiscard]] std::byte* data() noexcept {
    skip_finished();
    return static_cast<std::byte*>(iov_->iov_base) + offset_;
  }
  [[nodiscard]] size_t contiguous_bytes(size_t limit) noexcept {
    skip_finished();
    return std::min(iov_->iov_len - offset_, limit);
  }
  void advance(size_t bytes) noexcept {
    while (bytes != 0) {
      const size_t step = contiguous_bytes(bytes);
      offset_ += step;
      bytes -= step;
    }
  }
  // Copies the next `bytes` out, or in, and moves past them.
  void gather(std::byte* to, size_t bytes) noexcept {
    while (bytes != 0) {
      const size_t step = contiguous_bytes(bytes);
      std::memcpy(to, data(), step);
      offset_ += step;
      to += step;
      bytes -= step;
    }
  }
  void scatter(const std::byte* from, size_t bytes) noexcept {
    while (bytes != 0) {
      const size_t step = contiguous_bytes(bytes);
      std::memcpy(data(), from, step);
      offset_ += step;
      from += step;
      bytes -= step;
    }
  }

 private:
  // Elements may be empty.
  void skip_finished() noexcept {
    while (offset_ == iov_->iov_len) {
      ++iov_;
      offset_ = 0;
    }
  }

  const iovec* iov_ = nullptr;
  size_t offset_ = 0;
};
static_assert(sizeof(IovCursor) == 16);

}  // namespace outrigger::block
