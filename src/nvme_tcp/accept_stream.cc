#include "nvme_tcp/accept_stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace outrigger::nvme_tcp {
namespace {

// RFC 8446, 5.1: ContentType handshake. An ICReq begins with its PDU type, 0.
constexpr uint8_t tls_handshake_record = 0x16;

}  // namespace

ssize_t AcceptStream::read(const iovec* iov, size_t count) noexcept {
  if (inner_ == nullptr) {
    if (const ssize_t outcome = choose(); outcome != 1) {
      return outcome;
    }
  }
  return inner_->read(iov, count);
}

ssize_t AcceptStream::write(const iovec* iov, size_t count) noexcept {
  return inner_ == nullptr ? -EAGAIN : inner_->write(iov, count);
}

ssize_t AcceptStream::choose() noexcept {
  if (!socket_.is_open()) {
    return -EPROTO;
  }
  uint8_t first = 0;
  const ssize_t bytes = ::recv(socket_.get(), &first, sizeof(first), MSG_PEEK | MSG_DONTWAIT);
  if (bytes <= 0) {
    return bytes == 0 ? 0 : errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
  }
  if (first != tls_handshake_record) {
    if (options_.requires_tls) {
      failure_ = "it does not speak TLS, which this port requires";
      return -EPROTO;
    }
    inner_ = std::make_unique<PlainStream>(std::move(socket_));
    return 1;
  }
  auto made = TlsStream::accept(std::move(socket_), keys_, clock_, options_.takes_turns);
  if (!made.has_value()) {
    failure_ = made.error().what;
    return -EPROTO;
  }
  inner_ = std::move(*made);
  return 1;
}

}  // namespace outrigger::nvme_tcp
