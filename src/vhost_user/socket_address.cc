#include "vhost_user/socket_address.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace outrigger::vhost_user {

Result<SocketAddress> SocketAddress::create(std::string_view path) {
  SocketAddress address;
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return fail(Code::InvalidArgument, "the path of a vhost-user socket must not be empty or hold a zero byte");
  }
  if (path.size() >= sizeof(address.address_.sun_path)) {
    return fail(Code::InvalidArgument, "the socket path {} has {} bytes; at most {} are possible", path, path.size(),
                sizeof(address.address_.sun_path) - 1);
  }
  address.address_.sun_family = AF_UNIX;
  std::memcpy(address.address_.sun_path, path.data(), path.size());
  return address;
}

Result<UniqueFd> connect_to(const SocketAddress& address) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) {
    return fail_errno(errno, "cannot make a socket");
  }
  if (::connect(socket.get(), address.get(), address.length()) != 0) {
    const int why = errno;
    if (why == ECONNREFUSED || why == ENOENT || why == EAGAIN) {
      return fail(Code::Unavailable, "nobody answers at {}: {}", address.path(), std::strerror(why));
    }
    return fail_errno(why, fmt::format("cannot connect to {}", address.path()));
  }
  return socket;
}

std::string describe_peer(const UniqueFd& socket) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 0) {
    return "an unknown process";
  }
  std::ifstream file(fmt::format("/proc/{}/comm", peer.pid));
  std::string command;
  std::getline(file, command);
  return fmt::format("pid {} ({})", peer.pid, command.empty() ? "unknown" : command);
}

}  // namespace outrigger::vhost_user
