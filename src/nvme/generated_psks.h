// GeneratedPsks: the TLS PSKs that came out of authentications with secure channel concatenation (Base 2.0, 8.13.5.9),
// by their identity, for a while. Control reactor.
#pragma once

#include "nvme_auth/tls_psk.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme {

class GeneratedPsks {
 public:
  // The oldest go: of the same host and subsystem when these have generated_psks_per_host_max, of all otherwise.
  void add(nvme_auth::TlsPsk psk, std::string hostnqn, std::string subnqn, uint64_t now_ns);
  [[nodiscard]] std::optional<nvme_auth::TlsPsk> find(std::string_view identity, uint64_t now_ns) const;
  // Those of a host are not found any more, until they are brought back: then those that were made since are forgotten.
  // Gives how many there are.
  size_t set_aside(std::string_view hostnqn, std::string_view subnqn);
  void bring_back(std::string_view hostnqn, std::string_view subnqn);
  void forget_aside(std::string_view hostnqn, std::string_view subnqn);
  // All of a subsystem's when `hostnqn` is empty.
  void forget(std::string_view hostnqn, std::string_view subnqn);
  [[nodiscard]] size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    nvme_auth::TlsPsk psk;
    std::string hostnqn;
    std::string subnqn;
    uint64_t expires_ns = 0;
    bool is_aside = false;
  };
  std::vector<Entry> entries_;  // oldest first
};

}  // namespace outrigger::nvme
