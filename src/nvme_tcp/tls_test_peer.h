// What tests of TLS need: keys, a lookup, socket pairs.
#pragma once

#include "base/unique_fd.h"
#include "core/clock.h"
#include "nvme_tcp/tls_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

namespace outrigger::nvme_tcp::tls_test {

inline nvme_auth::TlsPsk psk(std::string identity, nvme_auth::HashId hash, uint8_t fill) {
  nvme_auth::TlsPsk made{.identity = std::move(identity), .hash = hash, .key = {}};
  made.key = Secret::zeroes(nvme_auth::hash_bytes(hash));
  for (std::byte& byte : made.key.writable()) {
    byte = static_cast<std::byte>(fill);
  }
  return made;
}

inline nvme_auth::TlsPsk copy_of(const nvme_auth::TlsPsk& psk) {
  return {.identity = psk.identity, .hash = psk.hash, .key = psk.key.clone()};
}

class Keys final : public PskLookup {
 public:
  std::optional<nvme_auth::TlsPsk> find(std::string_view identity) noexcept override {
    ++asked;
    for (const nvme_auth::TlsPsk& psk : known) {
      if (psk.identity == identity) {
        return copy_of(psk);
      }
    }
    return std::nullopt;
  }
  std::vector<nvme_auth::TlsPsk> known;
  size_t asked = 0;
};

// Time that stands still.
inline core::ManualClock& clock() {
  static core::ManualClock made;
  return made;
}

// `bytes` in each direction; 0: as the system likes it.
inline std::pair<UniqueFd, UniqueFd> socket_pair(int bytes) {
  int fds[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
  for (const int fd : fds) {
    if (bytes != 0) {
      EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
      EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)), 0);
    }
  }
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace outrigger::nvme_tcp::tls_test
