// Outbox: what a connection has to say, in order: headers, which are copied here, and data, which stay where the
// commands' owners have them. One sendmsg takes all of it. Fixed in size; it begins anew whenever all has gone.
#pragma once

#include "nvme_host/limits.h"
#include "nvme_tcp/stream.h"

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace outrigger::nvme_host {

class Outbox {
 public:
  Outbox();

  [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
  // Is there room for `header` bytes copied and `pieces` borrowed ones?
  [[nodiscard]] bool has_room(size_t header, size_t pieces) const noexcept {
    return header_end_ + header <= outbox_header_bytes && end_ + pieces + 2 <= outbox_pieces_max &&
           put_ - sent_ < outbox_bytes_max;
  }
  // Copies a header (or a digest) behind what is there. There must be room.
  void append(const void* bytes, size_t count) noexcept;
  // Borrows memory until position() of now, after the call, is behind sent(). There must be room.
  void borrow(const void* bytes, size_t count) noexcept;

  // All bytes that were ever put in, and those that went: a PDU that ended at position p has gone when sent() >= p.
  [[nodiscard]] uint64_t position() const noexcept { return put_; }
  [[nodiscard]] uint64_t sent() const noexcept { return sent_; }

  // Sends what it can. Bytes that went, or -errno (-EAGAIN: the socket is full).
  ssize_t flush(nvme_tcp::Stream& stream) noexcept;
  // Forgets what has not gone.
  void drop() noexcept;

 private:
  std::unique_ptr<std::byte[]> headers_;
  std::unique_ptr<iovec[]> pieces_;
  size_t header_end_ = 0;
  size_t begin_ = 0;  // of the pieces that wait
  size_t end_ = 0;
  uint64_t put_ = 0;
  uint64_t sent_ = 0;
};

}  // namespace outrigger::nvme_host
