// Where a server listens: "host:port", "[v6]:port" or "unix:/path", and whether plaintext may be spoken
// there.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::api {

struct Address {
  std::string host;       // without brackets; empty for a UNIX socket
  uint16_t tcp_port = 0;  // 0: any free one
  std::string unix_path;  // empty for TCP

  [[nodiscard]] bool is_unix() const noexcept { return !unix_path.empty(); }
  // Only this machine can reach it: a UNIX socket, localhost, 127.0.0.0/8 or ::1.
  [[nodiscard]] bool is_local() const noexcept;
  // As a person writes it and parse() reads it.
  [[nodiscard]] std::string text() const;

  static Result<Address> parse(std::string_view text);
};

// FailedPrecondition when others could listen in: neither TLS, nor a local address, nor leave from the
// operator.
Result<> check_plaintext(const Address& address, bool has_tls, bool allow_insecure);

// Tries to take the address and gives it back at once; the error says who is in the way as far as the system
// tells. A UNIX socket that nobody listens on any more is a leftover and removed.
Result<> probe(const Address& address);

}  // namespace outrigger::api
