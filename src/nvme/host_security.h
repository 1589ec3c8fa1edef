// HostSecurity: the keys that a subsystem shares with one host, and what it asks of it. Immutable; a change is another
// object, which the next authentication and the next TLS handshake use. Control reactor.
#pragma once

#include "base/result.h"
#include "nvme/derived_psks.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"
#include "nvme_auth/transaction.h"

#include <optional>
#include <string_view>

namespace outrigger::nvme {

struct HostSecurity {
  // In-band authentication: the host proves that it has this one, on every queue, before anything else.
  std::optional<nvme_auth::DhchapKey> host_key{};
  // And we prove that we have this one, to hosts that ask.
  std::optional<nvme_auth::DhchapKey> controller_key{};
  nvme_auth::Algorithms algorithms{};
  bool requires_authentication = true;  // where there is a host key; else the host may
  std::optional<nvme_auth::ConfiguredPsk> tls_psk{};
  // I/O queues come through TLS only; so does the admin queue, unless it is there to agree on a PSK, and may.
  bool requires_tls = false;
  bool may_concatenate = true;
  // What came of tls_psk so far.
  mutable DerivedPsks derived_psks{};

  // Can it come in the clear to agree on a PSK?
  [[nodiscard]] bool takes_concatenation() const noexcept { return host_key.has_value() && may_concatenate; }

  [[nodiscard]] bool must_authenticate() const noexcept { return host_key.has_value() && requires_authentication; }
};

// InvalidArgument: what cannot be asked of this host. Holds no key.
Result<void> check_security(const HostSecurity& security, std::string_view hostnqn, std::string_view subnqn);

}  // namespace outrigger::nvme
