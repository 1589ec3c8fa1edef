// A TCP socket on its way to a target, for a TcpQueue: literals only (no name service on a reactor), never waits.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstdint>
#include <functional>
#include <string>

namespace outrigger::nvme_host {

struct TcpAddress {
  std::string traddr;          // IPv4 or IPv6 literal
  std::string trsvcid;         // port
  std::string source_traddr;   // empty: as the machine routes
  std::string source_trsvcid;  // empty: any

  // "192.0.2.1:4420", "[2001:db8::1]:4420"
  [[nodiscard]] std::string text() const;
};

// Begins to connect. `user_timeout_ms`: bytes that the peer has not acknowledged for so long end the connection.
[[nodiscard]] Result<UniqueFd> begin_connect(const TcpAddress& address, uint32_t user_timeout_ms);

// Where sockets to targets come from: begin_connect, or a network of somebody's own. Control reactor.
using BeginConnect = std::function<Result<UniqueFd>(const TcpAddress& address, uint32_t user_timeout_ms)>;

// How connecting ended, once the socket is writable: 0 or an errno.
[[nodiscard]] int connect_error(int socket) noexcept;

}  // namespace outrigger::nvme_host
