// SocketAddress: the path of a UNIX socket, checked for length.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

namespace outrigger::vhost_user {

class SocketAddress {
 public:
  // InvalidArgument for an empty path and for one that does not fit sockaddr_un.
  static Result<SocketAddress> create(std::string_view path);

  [[nodiscard]] std::string path() const { return address_.sun_path; }
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] socklen_t length() const noexcept { return sizeof(address_); }

 private:
  sockaddr_un address_{};
};

// A non-blocking stream socket that is connected to `address`, or why not. Never waits.
Result<UniqueFd> connect_to(const SocketAddress& address);

// "pid 123 (qemu-system-x86)" for the other end of a connected socket; "an unknown process" when it cannot be
// told.
std::string describe_peer(const UniqueFd& socket);

}  // namespace outrigger::vhost_user
