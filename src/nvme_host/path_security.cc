#include "nvme_host/path_security.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme_host {
namespace {

Result<std::shared_ptr<const nvme_auth::TlsPsk>> derive(const nvme_auth::InputPsk& input, nvme_auth::PskVersion version,
                                                        const nvme_auth::Parties& parties) {
  OR_ASSIGN(auto key, nvme_auth::derive_tls_psk(input, version, parties.hostnqn, parties.subnqn));
  return std::make_shared<const nvme_auth::TlsPsk>(std::move(key));
}

}  // namespace

Result<void> check_security(const PathSecurity& security, const nvme_auth::Parties& parties) {
  OR_TRY(nvme_auth::check_setup(parties, security.algorithms));
  if (!security.host_key && (security.controller_key || security.concatenates)) {
    return fail(Code::InvalidArgument, "{} needs a key of the host (DH-HMAC-CHAP) beside it",
                security.controller_key ? "a controller's key" : "secure channel concatenation");
  }
  if (security.concatenates && security.tls_psk) {
    return fail(Code::InvalidArgument,
                "secure channel concatenation makes the key of TLS itself: a configured PSK does not go with it");
  }
  const auto fits = [](auto algorithm) { return nvme_auth::is_for_concatenation(algorithm); };
  if (security.concatenates && (std::ranges::none_of(security.algorithms.hashes, fits) ||
                                std::ranges::none_of(security.algorithms.dh_groups, fits))) {
    return fail(Code::InvalidArgument, "secure channel concatenation needs SHA-256 or SHA-384 and a DH group");
  }
  if (security.tls_psk) {
    OR_TRY(tls_key(security, parties));
  }
  return {};
}

Result<std::shared_ptr<const nvme_auth::TlsPsk>> tls_key(const PathSecurity& security,
                                                         const nvme_auth::Parties& parties) {
  check(security.tls_psk.has_value(), "a path with a configured PSK derives a TLS key");
  return derive(security.tls_psk->retained(parties.hostnqn), security.psk_version, parties);
}

// Base 2.0, 8.13.5.9: identities of generated PSKs are of version 1.
Result<std::shared_ptr<const nvme_auth::TlsPsk>> tls_key(const nvme_auth::InputPsk& generated,
                                                         const nvme_auth::Parties& parties) {
  return derive(generated, nvme_auth::PskVersion::V1, parties);
}

}  // namespace outrigger::nvme_host
