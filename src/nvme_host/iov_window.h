// IovWindow: shows a part of a request's scattered memory as an iovec array of its own, without a copy: the two
// elements at the part's ends are shortened in place and put back by close().
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_host {

class IovWindow {
 public:
  // Shows `bytes` (more than 0) from `offset` on; the array has so many bytes and is left alone until close().
  void open(iovec* iov, uint64_t offset, uint64_t bytes) noexcept {
    while (offset >= iov->iov_len) {
      offset -= iov->iov_len;
      ++iov;
    }
    first_ = last_ = iov;
    first_saved_ = *iov;
    iov->iov_base = static_cast<std::byte*>(iov->iov_base) + offset;
    iov->iov_len -= offset;
    while (bytes > last_->iov_len) {
      bytes -= last_->iov_len;
      ++last_;
    }
    last_length_saved_ = last_->iov_len;
    last_->iov_len = bytes;
  }
  void close() noexcept {
    if (first_ != nullptr) {
      last_->iov_len = last_length_saved_;
      *first_ = first_saved_;
      first_ = nullptr;
    }
  }
  [[nodiscard]] bool is_open() const noexcept { return first_ != nullptr; }
  [[nodiscard]] iovec* iov() const noexcept { return first_; }
  [[nodiscard]] uint32_t count() const noexcept { return static_cast<uint32_t>(last_ - first_) + 1; }

 private:
  iovec* first_ = nullptr;
  iovec* last_ = nullptr;
  iovec first_saved_{};
  size_t last_length_saved_ = 0;
};

}  // namespace outrigger::nvme_host
