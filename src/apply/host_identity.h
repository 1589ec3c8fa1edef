// HostIdentity: who we are to the targets that we connect to: an NVMe qualified name and a host identifier, chosen once
// and kept in the state directory, because targets know us by them.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::apply {

struct HostIdentity {
  std::string nqn;  // nqn.2014-08.org.nvmexpress:uuid:…
  std::array<uint8_t, 16> id{};

  // Reads the file at `path`, or makes one where there is none (`id`: random then). A damaged one is an error: another
  // identity behind somebody's back would lock us out of targets that know the old one.
  static Result<HostIdentity> load_or_make(const std::string& path);

  // The host identifier that goes with a host name that somebody chose: ours with ours, that of the name where it holds
  // a UUID, and one made of both otherwise, always the same. Targets refuse two names with one identifier.
  [[nodiscard]] std::array<uint8_t, 16> id_of(std::string_view hostnqn) const noexcept;
};

}  // namespace outrigger::apply
