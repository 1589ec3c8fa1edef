// DerivedPsks: the TLS PSKs that come of one configured PSK, each derived once: a handshake, which any stranger may
// begin, only looks them up. They go with the key that they come from. Control reactor.
#pragma once

#include "nvme_auth/tls_psk.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme {

class DerivedPsks {
 public:
  // The one with this identity, of which `parsed` is what it says; nullptr: it is none of `configured`'s. Valid until
  // the next call.
  [[nodiscard]] const nvme_auth::TlsPsk* find(const nvme_auth::ConfiguredPsk& configured,
                                              const nvme_auth::PskIdentity& parsed, std::string_view identity);
  // Derivations that were made, ever.
  [[nodiscard]] size_t derived() const noexcept { return derived_; }

 private:
  // Of one host and subsystem, in one version: as the specification means it, and as libnvme once did.
  struct Entry {
    nvme_auth::PskVersion version = nvme_auth::PskVersion::V0;
    std::string hostnqn;
    std::string subnqn;
    std::vector<nvme_auth::TlsPsk> psks;
  };
  Entry& derive(const nvme_auth::ConfiguredPsk& configured, const nvme_auth::PskIdentity& parsed);

  std::vector<Entry> entries_;
  size_t derived_ = 0;
};

}  // namespace outrigger::nvme
