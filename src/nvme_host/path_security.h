// PathSecurity: what a path knows to prove who we are, to have the target prove who it is, and to keep others out of
// what is said: keys of DH-HMAC-CHAP (Base 2.0, 8.13) and of TLS (TCP Transport 1.0, 3.6.1). Immutable and shared, so
// that keys are in one place; a change is another object and another path. Control reactor.
#pragma once

#include "base/result.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"
#include "nvme_auth/transaction.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace outrigger::nvme_host {

struct PathSecurity {
  // In-band authentication: used where the target asks for it.
  std::optional<nvme_auth::DhchapKey> host_key{};
  // The target must prove, on every queue, that it has this one. One that does not even ask us is refused.
  std::optional<nvme_auth::DhchapKey> controller_key{};
  // False: one that does not ask is taken as it is. For discovery services, which seldom do: what they tell of has to
  // prove itself.
  bool demands_authentication = true;
  nvme_auth::Algorithms algorithms{};
  // Secure channel concatenation: every association begins with an authentication in the clear that makes the PSK of
  // its TLS. Nothing else is said without TLS.
  bool concatenates = false;
  // The admin queue authenticates anew so often; 0: never.
  uint64_t reauthenticate_ns = 0;

  // TLS with this key on every connection, and none without it.
  std::optional<nvme_auth::ConfiguredPsk> tls_psk{};
  // Of the identity: 0 is what TCP Transport 1.0 knew first and every target with TLS understands, 1 is TP 8018's.
  nvme_auth::PskVersion psk_version = nvme_auth::PskVersion::V0;
};

// InvalidArgument: what does not go together, or not with these names. Holds no key.
[[nodiscard]] Result<void> check_security(const PathSecurity& security, const nvme_auth::Parties& parties);

// The key that TLS is given: of the configured PSK, or of one that an authentication generated.
[[nodiscard]] Result<std::shared_ptr<const nvme_auth::TlsPsk>> tls_key(const PathSecurity& security,
                                                                       const nvme_auth::Parties& parties);
[[nodiscard]] Result<std::shared_ptr<const nvme_auth::TlsPsk>> tls_key(const nvme_auth::InputPsk& generated,
                                                                       const nvme_auth::Parties& parties);

}  // namespace outrigger::nvme_host
