#include "nvme_host/outbox.h"

#include "base/check.h"

#include <cstring>

namespace outrigger::nvme_host {

Outbox::Outbox()
    : headers_(std::make_unique_for_overwrite<std::byte[]>(outbox_header_bytes)),
      pieces_(std::make_unique_for_overwrite<iovec[]>(outbox_pieces_max)) {}

void Outbox::append(const void* bytes, size_t count) noexcept {
  check(header_end_ + count <= outbox_header_bytes && end_ < outbox_pieces_max, "the outbox was asked for room");
  std::byte* const to = headers_.get() + header_end_;
  std::memcpy(to, bytes, count);
  header_end_ += count;
  put_ += count;
  if (begin_ != end_) {
    iovec& last = pieces_[end_ - 1];
    if (static_cast<std::byte*>(last.iov_base) + last.iov_len == to) {
      last.iov_len += count;
      return;
    }
  }
  pieces_[end_++] = {to, count};
}

void Outbox::borrow(const void* bytes, size_t count) noexcept {
  check(end_ < outbox_pieces_max, "the outbox was asked for room");
  pieces_[end_++] = {const_cast<void*>(bytes), count};
  put_ += count;
}

ssize_t Outbox::flush(nvme_tcp::Stream& stream) noexcept {
  const ssize_t went = stream.write(pieces_.get() + begin_, end_ - begin_);
  if (went < 0) {
    return went;
  }
  sent_ += static_cast<uint64_t>(went);
  auto left = static_cast<size_t>(went);
  while (left != 0) {
    iovec& piece = pieces_[begin_];
    if (left < piece.iov_len) {
      piece = {static_cast<std::byte*>(piece.iov_base) + left, piece.iov_len - left};
      break;
    }
    left -= piece.iov_len;
    ++begin_;
  }
  if (begin_ == end_) {
    begin_ = end_ = header_end_ = 0;
  }
  return went;
}

void Outbox::drop() noexcept {
  begin_ = end_ = header_end_ = 0;
  put_ = sent_;
}

}  // namespace outrigger::nvme_host
