// Stream: the byte stream below a connection: a plain socket, or TLS on one. Non-blocking.
#pragma once

#include "base/unique_fd.h"

#include <sys/types.h>
#include <sys/uio.h>

#include <string_view>
#include <utility>

namespace outrigger::nvme_tcp {

class Stream {
 public:
  virtual ~Stream() = default;
  // Bytes that came; 0: the peer has ended the stream; -EAGAIN: nothing at the moment; else -errno.
  [[nodiscard]] virtual ssize_t read(const iovec* iov, size_t count) noexcept = 0;
  // Bytes that went; -EAGAIN: none at the moment, and the next call begins with the same bytes; else -errno.
  [[nodiscard]] virtual ssize_t write(const iovec* iov, size_t count) noexcept = 0;
  // Are there bytes to read that the descriptor does not know of?
  [[nodiscard]] virtual bool has_buffered() const noexcept { return false; }
  // Does it wait for a turn, because what comes next makes it compute for long? Then reading is of no use until
  // take_turn(), which computes; has_buffered() tells whether there is something to read then.
  [[nodiscard]] virtual bool needs_turn() const noexcept { return false; }
  virtual void take_turn() noexcept {}
  // Of the pre-shared key of the peer that TLS let in; empty: no TLS, or not yet.
  [[nodiscard]] virtual std::string_view tls_identity() const noexcept { return {}; }
  // Of that key, as nvme_auth::fingerprint_of() has it.
  [[nodiscard]] virtual std::string_view tls_fingerprint() const noexcept { return {}; }
  // Why a read or a write failed, where the error number does not say it; for logs. Holds nothing that the peer chose.
  [[nodiscard]] virtual std::string_view failure() const noexcept { return {}; }
  // To be watched. Stays the same.
  [[nodiscard]] virtual int fd() const noexcept = 0;
};

class PlainStream final : public Stream {
 public:
  explicit PlainStream(UniqueFd socket) : socket_(std::move(socket)) {}
  ssize_t read(const iovec* iov, size_t count) noexcept override;
  ssize_t write(const iovec* iov, size_t count) noexcept override;
  int fd() const noexcept override { return socket_.get(); }

 private:
  UniqueFd socket_;
};

}  // namespace outrigger::nvme_tcp
