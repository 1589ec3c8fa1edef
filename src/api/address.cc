// Listening addresses: parsing, the plaintext rule, and a first look whether an address is free.
#include "api/address.h"

#include "base/unique_fd.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace outrigger::api {

namespace {

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return fail(Code::InvalidArgument, "unix:{}: the path of a UNIX socket has at most {} bytes", path,
                sizeof(address.sun_path) - 1);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<> probe_unix(const std::string& path) {
  OR_ASSIGN(const sockaddr_un address, unix_address(path));
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) {
      return {};
    }
    return fail_errno(errno, fmt::format("cannot look at unix:{}", path));
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail(Code::FailedPrecondition,
                "unix:{}: a file that is not a socket is in the way; move it or choose another path", path);
  }
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return fail(
        Code::FailedPrecondition,
        "unix:{}: another program listens there; is outriggerd already running? stop it or choose another "
        "address",
        path);
  }
  if (errno == ECONNREFUSED && ::unlink(path.c_str()) != 0) {
    return fail_errno(errno, fmt::format("cannot remove the stale socket unix:{}", path));
  }
  return {};
}

Result<> bind_once(const addrinfo& info, const Address& address) {
  const UniqueFd fd(::socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC, info.ai_protocol));
  if (!fd.is_open()) {
    return fail_errno(errno, fmt::format("cannot open a socket for {}", address.text()));
  }
  const int on = 1;
  // As the servers themselves do: connections of an earlier run in TIME_WAIT do not count.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // A wildcard v6 address must not trip over a v4 one that is listed beside it.
  if (info.ai_family == AF_INET6) {
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) == 0 && ::listen(fd.get(), 1) == 0) {
    return {};
  }
  switch (errno) {
    case EADDRINUSE:
      return fail(
          Code::FailedPrecondition,
          "{}: another program listens there; is outriggerd already running? stop it or choose another port",
          address.text());
    case EADDRNOTAVAIL:
      return fail(Code::FailedPrecondition, "{}: this machine has no such address", address.text());
    case EACCES:
      return fail(Code::PermissionDenied, "{}: ports below 1024 need more rights (CAP_NET_BIND_SERVICE)",
                  address.text());
    default: return fail_errno(errno, fmt::format("cannot listen on {}", address.text()));
  }
}

}  // namespace

bool Address::is_local() const noexcept {
  if (is_unix() || host == "localhost" || host == "::1") {
    return true;
  }
  in_addr v4{};
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

std::string Address::text() const {
  if (is_unix()) {
    return "unix:" + unix_path;
  }
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, tcp_port)
                                             : fmt::format("[{}]:{}", host, tcp_port);
}

Result<Address> Address::parse(std::string_view text) {
  constexpr std::string_view unix_prefix = "unix:";
  Address address;
  if (text.starts_with(unix_prefix)) {
    std::string_view path = text.substr(unix_prefix.size());
    if (path.starts_with("//")) {  // unix:///path, as gRPC also writes it
      path.remove_prefix(2);
    }
    if (path.empty() || path.front() != '/') {
      return fail(Code::InvalidArgument, "'{}': a UNIX socket is written unix:/absolute/path", text);
    }
    address.unix_path = path;
    OR_TRY(unix_address(address.unix_path));
    return address;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return fail(Code::InvalidArgument, "'{}': an address is written host:port or unix:/path", text);
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail(Code::InvalidArgument, "'{}': an IPv6 address is written in brackets, [::1]:50051", text);
  }
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.tcp_port);
  if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size()) {
    return fail(Code::InvalidArgument, "'{}': '{}' is not a port from 0 to 65535", text, digits);
  }
  if (host.empty()) {
    return fail(Code::InvalidArgument, "'{}': the host is missing; 0.0.0.0 means all addresses", text);
  }
  address.host = host;
  return address;
}

Result<> check_plaintext(const Address& address, bool has_tls, bool allow_insecure) {
  if (has_tls || address.is_local() || allow_insecure) {
    return {};
  }
  return fail(
      Code::FailedPrecondition,
      "{} can be reached from other machines and TLS is off: set api.tls = \"certificate:key:ca\", listen on "
      "127.0.0.1 or a UNIX socket, or, if others may read and change everything, set api.allow_insecure",
      address.text());
}

Result<> probe(const Address& address) {
  if (address.is_unix()) {
    return probe_unix(address.unix_path);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.tcp_port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  if (error != 0) {
    return fail(Code::InvalidArgument, "{}: the host cannot be resolved: {}", address.text(),
                ::gai_strerror(error));
  }
  // "localhost" may also be ::1 on a machine without IPv6: one address that works is enough.
  Result<> first = bind_once(*found, address);
  for (const addrinfo* next = found->ai_next; next != nullptr && !first.has_value(); next = next->ai_next) {
    if (bind_once(*next, address).has_value()) {
      return {};
    }
  }
  return first;
}

}  // namespace outrigger::api
