#include "vhost_user/connection.h"

#include "base/check.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace outrigger::vhost_user {

Connection::Connection(core::Reactor& reactor, UniqueFd socket) : reactor_(reactor), socket_(std::move(socket)) {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept {
    auto& self = *static_cast<Connection*>(timer.owner);
    self.interrupt(Error{Code::DeadlineExceeded, self.is_sending_ ? "the front end does not take our reply"
                                                                  : "the front end sent half a message"});
  };
}

Connection::~Connection() {
  check(!waiter_, "a connection is destroyed when nobody waits on it");
  check(!timer_.is_armed(), "a connection's timer runs only while somebody waits");
}

Connection::ReceiveAwait Connection::receive() noexcept { return ReceiveAwait(*this); }

Connection::SendAwait Connection::send(std::span<const std::byte> bytes, const UniqueFd& fd) noexcept {
  check(unsent_.empty(), "one reply at a time");
  unsent_ = bytes;
  send_fd_ = fd.get();
  return SendAwait(*this);
}

void Connection::interrupt(Error reason) {
  fail_with(std::move(reason));
  if (waiter_) {
    resume();
  }
}

Connection::Progress Connection::fail_with(Error error) {
  if (!failure_.has_value()) {
    failure_ = std::move(error);
    fds_ = {};
  }
  return Progress::Failed;
}

bool Connection::wait_for(uint32_t events, uint64_t timeout_ns, std::coroutine_handle<> waiter) {
  check(!waiter_, "one receive() or send() at a time");
  waiter_ = waiter;
  if (auto watched = reactor_.watch(socket_.get(), events, *this); !watched.has_value()) {
    fail_with(std::move(watched).error());
    waiter_ = {};
    return false;
  }
  if (timeout_ns != 0) {
    reactor_.arm(timer_, reactor_.clock().now_ns() + timeout_ns);
  }
  return true;
}

void Connection::resume() {
  reactor_.unwatch(socket_.get(), *this);
  if (timer_.is_armed()) {
    reactor_.cancel(timer_);
  }
  std::exchange(waiter_, {}).resume();
}

void Connection::on_ready(uint32_t) noexcept {
  const Progress progress = is_sending_ ? try_send() : try_receive();
  if (progress != Progress::Blocked) {
    resume();
  } else if (!is_sending_) {
    watch_half_message();
  }
}

// The clock runs from the first bytes of a message that is not complete.
void Connection::watch_half_message() {
  if (header_bytes_ > 0 && !timer_.is_armed()) {
    reactor_.arm(timer_, reactor_.clock().now_ns() + half_message_timeout_ns);
  }
}

Connection::Progress Connection::try_receive() {
  if (failure_.has_value()) {
    return Progress::Failed;
  }
  while (header_bytes_ < sizeof(Header)) {
    std::array<std::byte, sizeof(Header)> raw;
    std::memcpy(raw.data(), &header_, sizeof(Header));
    const Progress progress = receive_part(raw.data(), sizeof(Header), header_bytes_);
    std::memcpy(&header_, raw.data(), sizeof(Header));
    if (progress != Progress::Done) {
      return progress;
    }
    if (header_bytes_ == sizeof(Header)) {
      if (auto checked = check_header(header_); !checked.has_value()) {
        return fail_with(std::move(checked).error());
      }
    }
  }
  while (payload_bytes_ < header_.size) {
    const Progress progress = receive_part(payload_.data(), header_.size, payload_bytes_);
    if (progress != Progress::Done) {
      return progress;
    }
  }
  return finish_message();
}

Connection::Progress Connection::finish_message() {
  auto message = parse(header_, std::span(payload_.data(), payload_bytes_), std::exchange(fds_, {}));
  received_.emplace(Received{.header = header_, .message = std::move(message)});
  header_bytes_ = 0;
  payload_bytes_ = 0;
  return Progress::Done;
}

// Receives up to `wanted - have` bytes behind the `have` that are there.
Connection::Progress Connection::receive_part(std::byte* into, size_t wanted, size_t& have) {
  iovec part{.iov_base = into + have, .iov_len = wanted - have};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(fds_per_receive_max * sizeof(int))> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t received = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received < 0) {
    if (errno == EAGAIN || errno == EINTR) {
      return Progress::Blocked;
    }
    return fail_with(Error{Code::Unavailable, fmt::format("the connection failed: {}", std::strerror(errno))});
  }
  const bool is_first_part = header_bytes_ == 0;
  const size_t fds_before = fds_.count;
  if (accept_fds(message) == Progress::Failed) {
    return Progress::Failed;
  }
  if (received == 0) {
    return fail_with(Error{Code::Unavailable, is_first_part ? "the front end closed the connection"
                                                            : "the front end closed the connection in mid-message"});
  }
  if (!is_first_part && fds_.count != fds_before) {
    return fail_with(Error{Code::InvalidArgument, "descriptors came in the middle of a message"});
  }
  have += static_cast<size_t>(received);
  return Progress::Done;
}

// Takes over every descriptor that came, before anything is judged, so that none leaks.
Connection::Progress Connection::accept_fds(const msghdr& message) {
  bool is_overfull = (message.msg_flags & MSG_CTRUNC) != 0;
  auto* header = const_cast<msghdr*>(&message);
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      UniqueFd owned(fd);
      if (fds_.count < fds_.fds.size()) {
        fds_.fds[fds_.count++] = std::move(owned);
      } else {
        is_overfull = true;
      }
    }
  }
  if (is_overfull) {
    return fail_with(Error{Code::InvalidArgument,
                           fmt::format("more than {} descriptors came with one message", fds_per_message_max)});
  }
  return Progress::Done;
}

Connection::Progress Connection::try_send() {
  if (failure_.has_value()) {
    return Progress::Failed;
  }
  while (!unsent_.empty()) {
    iovec part{.iov_base = const_cast<std::byte*>(unsent_.data()), .iov_len = unsent_.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (send_fd_ >= 0) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* const c = CMSG_FIRSTHDR(&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(c), &send_fd_, sizeof(int));
    }
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) {
        return Progress::Blocked;
      }
      return fail_with(Error{Code::Unavailable, fmt::format("the reply cannot be sent: {}", std::strerror(errno))});
    }
    send_fd_ = -1;
    unsent_ = unsent_.subspan(static_cast<size_t>(sent));
  }
  return Progress::Done;
}

bool Connection::ReceiveAwait::await_ready() {
  Connection& c = connection_;
  c.is_sending_ = false;
  // A flood goes through the reactor now and then, so that others on the control core get their turn.
  if (++c.received_in_turn_ >= messages_per_turn_max && !c.failure_.has_value()) {
    c.received_in_turn_ = 0;
    return false;
  }
  return c.try_receive() != Progress::Blocked;
}

bool Connection::ReceiveAwait::await_suspend(std::coroutine_handle<> waiter) {
  connection_.received_in_turn_ = 0;
  return connection_.wait_for(EPOLLIN, connection_.header_bytes_ > 0 ? half_message_timeout_ns : 0, waiter);
}

Result<Received> Connection::ReceiveAwait::await_resume() {
  if (connection_.received_.has_value()) {
    Received received = std::move(*connection_.received_);
    connection_.received_.reset();
    return received;
  }
  check(connection_.failure_.has_value(), "a receive ends with a message or a failure");
  return std::unexpected(*connection_.failure_);
}

bool Connection::SendAwait::await_ready() {
  connection_.is_sending_ = true;
  return connection_.try_send() != Progress::Blocked;
}

bool Connection::SendAwait::await_suspend(std::coroutine_handle<> waiter) {
  return connection_.wait_for(EPOLLOUT, reply_timeout_ns, waiter);
}

Result<void> Connection::SendAwait::await_resume() {
  connection_.unsent_ = {};
  connection_.is_sending_ = false;
  if (connection_.failure_.has_value()) {
    return std::unexpected(*connection_.failure_);
  }
  return {};
}

}  // namespace outrigger::vhost_user
