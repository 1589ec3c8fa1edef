#include "nvme_tcp/stream.h"

#include <sys/socket.h>

#include <cerrno>

namespace outrigger::nvme_tcp {
namespace {

ssize_t outcome(ssize_t bytes) noexcept {
  if (bytes >= 0) {
    return bytes;
  }
  return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

}  // namespace

ssize_t PlainStream::read(const iovec* iov, size_t count) noexcept {
  if (count == 1) {
    return outcome(::recv(socket_.get(), iov->iov_base, iov->iov_len, MSG_DONTWAIT));
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(iov);
  message.msg_iovlen = count;
  return outcome(::recvmsg(socket_.get(), &message, MSG_DONTWAIT));
}

ssize_t PlainStream::write(const iovec* iov, size_t count) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(iov);
  message.msg_iovlen = count;
  return outcome(::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

}  // namespace outrigger::nvme_tcp
