#include "vhost_user/listener.h"

#include "base/check.h"
#include "vhost_user/limits.h"
#include "vhost_user/session.h"

#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace outrigger::vhost_user {
namespace {

constexpr std::string_view room = "vhost_user";
constexpr int arrivals_per_turn_max = 8;

// The place is ours, not the client's who asked for the device: nothing of it is NOT_FOUND or a matter of their
// permissions.
std::unexpected<Error> cannot_make(std::string_view what) {
  Error error = fail_errno(errno, what).error();
  if (error.code == Code::NotFound || error.code == Code::PermissionDenied || error.code == Code::InvalidArgument) {
    error.code = Code::FailedPrecondition;
  }
  return std::unexpected(std::move(error));
}

// Makes way at the socket's path: a socket that nobody listens on is a leftover and goes; anything else
// stays.
Result<void> clear_path(const SocketAddress& address) {
  struct stat file{};
  if (::lstat(address.path().c_str(), &file) != 0) {
    return {};
  }
  if (!S_ISSOCK(file.st_mode)) {
    return fail(Code::AlreadyExists, "{} exists and is not a socket; choose another path or remove it", address.path());
  }
  const auto probe = connect_to(address);
  if (probe.has_value()) {
    return fail(Code::AlreadyExists, "{} is served already, by {}; choose another path or stop it", address.path(),
                describe_peer(*probe));
  }
  if (probe.error().code != Code::Unavailable) {
    return with_context(probe.error(), fmt::format("{} exists and cannot be examined", address.path()));
  }
  log::info(room, "{}: nobody listens there any more; replaced", address.path());
  if (::unlink(address.path().c_str()) != 0 && errno != ENOENT) {
    return cannot_make(fmt::format("cannot remove the stale socket {}", address.path()));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::create(core::Reactor& control, const SocketAddress& address,
                                                   const EndpointOptions& options, std::string name) {
  std::unique_ptr<Listener> listener(new Listener(control, address, std::move(name)));
  OR_TRY(listener->bind(options));
  OR_TRY(control.watch(listener->socket_.get(), EPOLLIN, *listener));
  listener->is_watching_ = true;
  return listener;
}

// Who may connect. Nobody can before listen(), so there is no moment in which others than those may.
Result<void> Listener::open_up(const EndpointOptions& options) const {
  const std::string path = address_.path();
  if (options.group.has_value() && ::lchown(path.c_str(), static_cast<uid_t>(-1), *options.group) != 0) {
    return fail(Code::FailedPrecondition,
                "cannot give the socket {} to the group {}: {}; run as root, or as a member of that group", path,
                *options.group, std::strerror(errno));
  }
  if (::chmod(path.c_str(), options.mode) != 0) {
    return cannot_make(fmt::format("cannot set the mode of {}", path));
  }
  return {};
}

Result<void> Listener::bind(const EndpointOptions& options) {
  OR_TRY(clear_path(address_));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) {
    return fail_errno(errno, "cannot make a socket");
  }
  if (::bind(socket.get(), address_.get(), address_.length()) != 0) {
    return cannot_make(
        fmt::format("cannot make the socket {} (does its directory exist, and may we write there?)", address_.path()));
  }
  struct stat file{};
  if (::stat(address_.path().c_str(), &file) == 0) {
    inode_ = file.st_ino;
    device_ = file.st_dev;
  }
  Result<void> ready = open_up(options);
  if (ready.has_value() && ::listen(socket.get(), listen_backlog) != 0) {
    ready = cannot_make(fmt::format("cannot listen at {}", address_.path()));
  }
  if (!ready.has_value()) {
    ::unlink(address_.path().c_str());
    return ready;
  }
  socket_ = std::move(socket);
  return {};
}

Listener::~Listener() {
  check(!waiter_, "nobody waits for a listener that goes");
  close_socket();
}

void Listener::close_socket() {
  if (!socket_.is_open()) {
    return;
  }
  control_.cancel(pause_);
  if (is_watching_) {
    control_.unwatch(socket_.get(), *this);
    is_watching_ = false;
  }
  struct stat file{};
  if (::lstat(address_.path().c_str(), &file) == 0 && file.st_ino == inode_ && file.st_dev == device_) {
    ::unlink(address_.path().c_str());
  }
  socket_ = UniqueFd();
}

core::Job<Result<UniqueFd>> Listener::next() {
  ArrivalAwait arrival{*this};
  co_await arrival;
  if (is_interrupted_) {
    co_return fail(Code::Cancelled, "{} is not served any more", address_.path());
  }
  co_return std::move(waiting_);
}

// At once, though rings may drain for long: QEMU before version 9 that is let in and turned away during its set-up of
// the device never hears of its socket again, whoever serves there later. One that is refused tries again.
void Listener::interrupt() {
  is_interrupted_ = true;
  close_socket();
  resume();
}

void Listener::resume() {
  if (waiter_) {
    std::exchange(waiter_, {}).resume();
  }
}

void Listener::on_ready(uint32_t) noexcept {
  for (int i = 0; i < arrivals_per_turn_max && socket_.is_open(); ++i) {
    UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.is_open()) {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        if (limiter_.admit(control_.turn_ns())) {
          log::warning(room, "{}: cannot accept a connection: {}", name_, std::strerror(errno));
        }
        look_away();
      }
      return;
    }
    arrived(std::move(socket));
  }
}

void Listener::look_away() noexcept {
  if (is_watching_) {
    control_.unwatch(socket_.get(), *this);
    is_watching_ = false;
  }
  pause_.owner = this;
  pause_.fire = [](core::Timer& timer) noexcept { static_cast<Listener*>(timer.owner)->look_again(); };
  control_.arm(pause_, control_.turn_ns() + accept_pause_ns);
}

void Listener::look_again() noexcept {
  is_watching_ = control_.watch(socket_.get(), EPOLLIN, *this).has_value();
  if (!is_watching_) {
    look_away();
  }
}

void Listener::arrived(UniqueFd socket) {
  if (waiting_.is_open() || (serving_ != nullptr && !serving_->has_hung_up())) {
    if (limiter_.admit(control_.turn_ns())) {
      log::warning(room, "{}: {} turned away: another front end is connected", name_, describe_peer(socket));
    }
    return;
  }
  waiting_ = std::move(socket);
  resume();
}

}  // namespace outrigger::vhost_user
