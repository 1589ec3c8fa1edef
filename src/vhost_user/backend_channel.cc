#include "vhost_user/backend_channel.h"

#include "base/log.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace outrigger::vhost_user {

BackendChannel::BackendChannel(core::Reactor& reactor, UniqueFd socket, bool wants_replies)
    : reactor_(reactor), socket_(std::move(socket)), wants_replies_(wants_replies) {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept {
    static_cast<BackendChannel*>(timer.owner)->close("a notice was not acknowledged in time");
  };
  if (auto watched = reactor_.watch(socket_.get(), EPOLLIN, *this); !watched.has_value()) {
    log::warning("vhost_user", "channel for our requests: {}", watched.error().what);
    socket_.reset();
  }
}

BackendChannel::~BackendChannel() {
  if (socket_.is_open()) {
    reactor_.unwatch(socket_.get(), *this);
  }
  if (timer_.is_armed()) {
    reactor_.cancel(timer_);
  }
}

void BackendChannel::notify_config_changed() {
  is_pending_ = true;
  send_pending();
}

void BackendChannel::send_pending() {
  if (!is_pending_ || is_reply_outstanding_ || !socket_.is_open()) {
    return;
  }
  const Header header{.request = static_cast<uint32_t>(BackendRequestId::ConfigChangeMsg),
                      .flags = header_flag::Version1 | (wants_replies_ ? header_flag::NeedReply : 0),
                      .size = 0};
  const ssize_t sent = ::send(socket_.get(), &header, sizeof(header), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(sizeof(header))) {
    is_pending_ = false;
    reactor_.rewatch(socket_.get(), EPOLLIN, *this);
    if (wants_replies_) {
      is_reply_outstanding_ = true;
      reactor_.arm(timer_, reactor_.clock().now_ns() + backend_reply_timeout_ns);
    }
    return;
  }
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
    reactor_.rewatch(socket_.get(), EPOLLIN | EPOLLOUT, *this);
    return;
  }
  // A part of twelve bytes: a stream that takes no more than that cannot be kept in step.
  close(sent < 0 ? std::strerror(errno) : "a notice was sent in part only");
}

void BackendChannel::on_ready(uint32_t events) noexcept {
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    receive_reply();
  }
  send_pending();
}

void BackendChannel::receive_reply() {
  // Descriptors that come along are discarded by the kernel, because no room is given for them.
  const ssize_t received =
      ::recv(socket_.get(), reply_.data() + reply_bytes_, reply_.size() - reply_bytes_, MSG_DONTWAIT);
  if (received <= 0) {
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    close("the front end closed it");
    return;
  }
  reply_bytes_ += static_cast<size_t>(received);
  if (reply_bytes_ < reply_.size()) {
    return;
  }
  reply_bytes_ = 0;
  Header header;
  std::memcpy(&header, reply_.data(), sizeof(header));
  if (!is_reply_outstanding_ || (header.flags & header_flag::Reply) == 0 || header.size != sizeof(uint64_t) ||
      header.request != static_cast<uint32_t>(BackendRequestId::ConfigChangeMsg)) {
    close("the front end answered what was not asked");
    return;
  }
  is_reply_outstanding_ = false;
  reactor_.cancel(timer_);
}

void BackendChannel::close(std::string_view reason) {
  if (!socket_.is_open()) {
    return;
  }
  log::debug("vhost_user", "channel for our requests to the front end closed: {}", reason);
  reactor_.unwatch(socket_.get(), *this);
  socket_.reset();
  is_reply_outstanding_ = false;
  if (timer_.is_armed()) {
    reactor_.cancel(timer_);
  }
}

}  // namespace outrigger::vhost_user
