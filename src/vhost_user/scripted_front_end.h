// ScriptedFrontEnd: the other end of a session's socket, for tests: says exactly what a test tells it,
// well-formed or not, and turns the reactor until the answer is there. One thread; nothing sleeps.
#pragma once

#include "base/check.h"
#include "base/unique_fd.h"
#include "core/reactor.h"
#include "vhost_user/message.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::vhost_user {

inline std::pair<UniqueFd, UniqueFd> socket_pair() {
  int fds[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "a test has a socket pair");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}
inline UniqueFd event_fd() { return UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
inline UniqueFd memory_fd(uint64_t bytes) {
  UniqueFd fd(::memfd_create("test", MFD_CLOEXEC));
  check(::ftruncate(fd.get(), static_cast<off_t>(bytes)) == 0, "a test has memory");
  return fd;
}

struct Answer {
  Header header;
  std::vector<std::byte> payload;
  UniqueFd fd;
  template <typename T>
  [[nodiscard]] T as() const {
    check(payload.size() >= sizeof(T), "the answer is long enough");
    T value;
    std::memcpy(&value, payload.data(), sizeof(T));
    return value;
  }
};

class ScriptedFrontEnd {
 public:
  ScriptedFrontEnd(core::Reactor& reactor, UniqueFd socket) : reactor_(reactor), socket_(std::move(socket)) {}

  // Turns the reactor until it has nothing to do.
  void settle() {
    for (int quiet = 0; quiet < 4;) {
      quiet = reactor_.run_turn() == 0 ? quiet + 1 : 0;
    }
  }
  // Bytes as they are, with descriptors.
  void send_raw(std::span<const std::byte> bytes, std::span<const int> fds = {}) {
    iovec part{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
    std::vector<std::byte> control(CMSG_SPACE(std::max<size_t>(fds.size(), 1) * sizeof(int)));
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!fds.empty()) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* const c = CMSG_FIRSTHDR(&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
      std::memcpy(CMSG_DATA(c), fds.data(), fds.size() * sizeof(int));
    }
    // A session that has ended is for the test to notice, not a reason to stop here.
    [[maybe_unused]] const auto sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  }
  static std::vector<std::byte> frame(RequestId request, uint32_t flags, std::span<const std::byte> payload) {
    const Header header{static_cast<uint32_t>(request), flags, static_cast<uint32_t>(payload.size())};
    std::vector<std::byte> bytes(sizeof(header) + payload.size());
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::copy(payload.begin(), payload.end(), bytes.begin() + sizeof(header));
    return bytes;
  }
  template <typename T>
  static std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span(&value, 1));
  }
  // Sends one request and lets the session handle it. `wants_reply` sets NEED_REPLY.
  void send(RequestId request, std::span<const std::byte> payload = {}, std::vector<int> fds = {},
            bool wants_reply = false) {
    send_raw(frame(request, header_flag::Version1 | (wants_reply ? header_flag::NeedReply : 0), payload),
             fds);
    settle();
  }
  // What has been answered and not been read yet.
  std::optional<Answer> receive() {
    Answer answer;
    iovec part{.iov_base = &answer.header, .iov_len = sizeof(Header)};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) !=
        static_cast<ssize_t>(sizeof(Header))) {
      return std::nullopt;
    }
    if (const cmsghdr* const c = CMSG_FIRSTHDR(&message); c != nullptr) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c), sizeof(int));
      answer.fd.reset(fd);
    }
    answer.payload.resize(answer.header.size);
    check(answer.payload.empty() || ::recv(socket_.get(), answer.payload.data(), answer.payload.size(),
                                           MSG_DONTWAIT) == static_cast<ssize_t>(answer.payload.size()),
          "an answer is sent whole");
    return answer;
  }
  std::optional<Answer> ask(RequestId request, std::span<const std::byte> payload = {},
                            std::vector<int> fds = {}) {
    send(request, payload, std::move(fds));
    return receive();
  }
  // The number that acknowledges a request sent with NEED_REPLY; nothing when there was none.
  std::optional<uint64_t> ask_acknowledged(RequestId request, std::span<const std::byte> payload = {},
                                           std::vector<int> fds = {}) {
    send(request, payload, std::move(fds), true);
    const auto answer = receive();
    return answer.has_value() ? std::optional(answer->as<uint64_t>()) : std::nullopt;
  }
  template <typename T>
  void say(RequestId request, const T& payload, std::vector<int> fds = {}) {
    send(request, bytes_of(payload), std::move(fds));
  }

  [[nodiscard]] int fd() const { return socket_.get(); }
  void hang_up() {
    socket_.reset();
    settle();
  }

 private:
  core::Reactor& reactor_;
  UniqueFd socket_;
};

}  // namespace outrigger::vhost_user
