#include "nvme/derived_psks.h"

#include "nvme/limits.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

const nvme_auth::TlsPsk* DerivedPsks::find(const nvme_auth::ConfiguredPsk& configured,
                                           const nvme_auth::PskIdentity& parsed, std::string_view identity) {
  const auto known = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return entry.version == parsed.version && entry.hostnqn == parsed.hostnqn && entry.subnqn == parsed.subnqn;
  });
  Entry& entry = known != entries_.end() ? *known : derive(configured, parsed);
  const auto found = std::ranges::find(entry.psks, identity, &nvme_auth::TlsPsk::identity);
  return found == entry.psks.end() ? nullptr : &*found;
}

DerivedPsks::Entry& DerivedPsks::derive(const nvme_auth::ConfiguredPsk& configured,
                                        const nvme_auth::PskIdentity& parsed) {
  if (entries_.size() >= derived_psks_max) {
    entries_.erase(entries_.begin());
  }
  Entry entry{.version = parsed.version,
              .hostnqn = std::string(parsed.hostnqn),
              .subnqn = std::string(parsed.subnqn),
              .psks = {}};
  for (const auto derivation : {nvme_auth::Derivation::Rfc8446, nvme_auth::Derivation::LibnvmeCompatible}) {
    ++derived_;
    auto psk = nvme_auth::derive_tls_psk(configured.retained(parsed.hostnqn, derivation), parsed.version,
                                         parsed.hostnqn, parsed.subnqn, derivation);
    if (psk.has_value()) {
      entry.psks.push_back(std::move(*psk));
    }
  }
  entries_.push_back(std::move(entry));
  return entries_.back();
}

}  // namespace outrigger::nvme
