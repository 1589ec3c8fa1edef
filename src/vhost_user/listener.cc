#include "vhost_user/listener.h"

#include "base/check.h"
#include "vhost_user/limits.h"
#include "vhost_user/session.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace outrigger::vhost_user {
namespace {

constexpr std::string_view room = "vhost_user";
constexpr int arrivals_per_turn_max = 8;

// Makes way at the socket's path: a socket that nobody listens on is a leftover and goes; anything else
// stays.
Result<void> clear_path(const SocketAddress& address) {
  struct stat file{};
  if (::lstat(address.path().c_str(), &file) != 0) {
    return {};
  }
  if (!S_ISSOCK(file.st_mode)) {
    return fail(Code::AlreadyExists, "{} exists and is not a socket; choose another path or remove it",
                address.path());
  }
  const auto probe = connect_to(address);
  if (probe.has_value()) {
    return fail(Code::AlreadyExists, "{} is served already, by {}; choose another path or stop it",
                address.path(), describe_peer(*probe));
  }
  if (probe.error().code != Code::Unavailable) {
    return with_context(probe.error(), fmt::format("{} exists and cannot be examined", address.path()));
  }
  log::info(room, "{}: nobody listens there any more; replaced", address.path());
  if (::unlink(address.path().c_str()) != 0 && errno != ENOENT) {
    return fail_errno(errno, fmt::format("cannot remove the stale socket {}", address.path()));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::create(core::Reactor& control, const SocketAddress& address,
                                                   mode_t mode, std::string name) {
  std::unique_ptr<Listener> listener(new Listener(control, address, std::move(name)));
  OR_TRY(listener->bind(mode));
  OR_TRY(control.watch(listener->socket_.get(), EPOLLIN, *listener));
  return listener;
}

Result<void> Listener::bind(mode_t mode) {
  OR_TRY(clear_path(address_));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) {
    return fail_errno(errno, "cannot make a socket");
  }
  // The file appears with the mode that the socket has before bind(): there is no moment in which others may
  // connect.
  if (::fchmod(socket.get(), mode) != 0) {
    return fail_errno(errno, fmt::format("cannot set the mode of {}", address_.path()));
  }
  if (::bind(socket.get(), address_.get(), address_.length()) != 0) {
    return fail_errno(
        errno, fmt::format("cannot make the socket {} (does its directory exist, and may we write there?)",
                           address_.path()));
  }
  struct stat file{};
  if (::stat(address_.path().c_str(), &file) == 0) {
    inode_ = file.st_ino;
    device_ = file.st_dev;
  }
  if (::listen(socket.get(), listen_backlog) != 0) {
    const int why = errno;
    ::unlink(address_.path().c_str());
    return fail_errno(why, fmt::format("cannot listen at {}", address_.path()));
  }
  socket_ = std::move(socket);
  return {};
}

Listener::~Listener() {
  check(!waiter_, "nobody waits for a listener that goes");
  if (!socket_.is_open()) {
    return;
  }
  control_.unwatch(socket_.get(), *this);
  struct stat file{};
  if (::lstat(address_.path().c_str(), &file) == 0 && file.st_ino == inode_ && file.st_dev == device_) {
    ::unlink(address_.path().c_str());
  }
}

core::Job<Result<UniqueFd>> Listener::next() {
  ArrivalAwait arrival{*this};
  co_await arrival;
  if (is_interrupted_) {
    co_return fail(Code::Cancelled, "{} is not served any more", address_.path());
  }
  co_return std::move(waiting_);
}

void Listener::interrupt() {
  is_interrupted_ = true;
  resume();
}

void Listener::resume() {
  if (waiter_) {
    std::exchange(waiter_, {}).resume();
  }
}

void Listener::on_ready(uint32_t) noexcept {
  for (int i = 0; i < arrivals_per_turn_max; ++i) {
    UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.is_open()) {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED && limiter_.admit(control_.turn_ns())) {
        log::warning(room, "{}: cannot accept a connection: {}", name_, std::strerror(errno));
      }
      return;
    }
    arrived(std::move(socket));
  }
}

void Listener::arrived(UniqueFd socket) {
  const bool is_taken = waiting_.is_open() || (serving_ != nullptr && !serving_->has_hung_up());
  if (is_taken || is_interrupted_) {
    if (limiter_.admit(control_.turn_ns())) {
      log::warning(room, "{}: {} turned away: another front end is connected", name_, describe_peer(socket));
    }
    return;
  }
  waiting_ = std::move(socket);
  resume();
}

}  // namespace outrigger::vhost_user
