#include "nvme_host/tcp_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace outrigger::nvme_host {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<uint16_t> parse_port(const std::string& text, const char* what) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::InvalidArgument, "{} \"{}\" is not a TCP port", what, text);
  }
  return port;
}

Result<SocketAddress> parse(const std::string& traddr, uint16_t port) {
  SocketAddress address;
  in_addr v4{};
  if (::inet_pton(AF_INET, traddr.c_str(), &v4) == 1) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr = v4;
    in.sin_port = htons(port);
    std::memcpy(&address.storage, &in, sizeof(in));
    address.length = sizeof(in);
    return address;
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, traddr.c_str(), &v6) == 1) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_addr = v6;
    in.sin6_port = htons(port);
    std::memcpy(&address.storage, &in, sizeof(in));
    address.length = sizeof(in);
    return address;
  }
  return fail(Code::InvalidArgument, "the address \"{}\" is neither IPv4 nor IPv6", traddr);
}

void set_option(int socket, int level, int option, int value) noexcept {
  // Refused only by kernels that do not know it, and then it is not there to be had.
  (void)::setsockopt(socket, level, option, &value, sizeof(value));
}

Result<void> bind_source(int socket, const TcpAddress& address, int family) {
  if (address.source_traddr.empty() && address.source_trsvcid.empty()) {
    return {};
  }
  uint16_t port = 0;
  if (!address.source_trsvcid.empty()) {
    OR_ASSIGN(port, parse_port(address.source_trsvcid, "the source port"));
  }
  const std::string any = family == AF_INET ? "0.0.0.0" : "::";
  OR_ASSIGN(const SocketAddress source, parse(address.source_traddr.empty() ? any : address.source_traddr, port));
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (port == 0) {
    set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  }
  if (::bind(socket, source.get(), source.length) != 0) {
    return fail_errno(errno, fmt::format("cannot connect from {}", address.source_traddr));
  }
  return {};
}

}  // namespace

std::string TcpAddress::text() const {
  return traddr.find(':') == std::string::npos ? fmt::format("{}:{}", traddr, trsvcid)
                                               : fmt::format("[{}]:{}", traddr, trsvcid);
}

Result<UniqueFd> begin_connect(const TcpAddress& address, uint32_t user_timeout_ms) {
  OR_ASSIGN(const uint16_t port, parse_port(address.trsvcid, "the service"));
  OR_ASSIGN(const SocketAddress target, parse(address.traddr, port));
  const int family = target.storage.ss_family;
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket.is_open()) {
    return fail_errno(errno, "cannot make a socket");
  }
  set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout_ms));
  OR_TRY(bind_source(socket.get(), address, family));
  if (::connect(socket.get(), target.get(), target.length) != 0 && errno != EINPROGRESS) {
    return fail_errno(errno, "connect");
  }
  return socket;
}

int connect_error(int socket) noexcept {
  int error = 0;
  socklen_t length = sizeof(error);
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace outrigger::nvme_host
