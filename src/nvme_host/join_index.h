// JoinIndex: where joining finds a namespace among those that are known, by what it is and by the NSID that is taken:
// a target that shows as many as we take shall not make us go through all of them for each. Ordered, not hashed: a
// target chooses these keys.
#pragma once

#include "nvme_host/remote_namespace.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>

namespace outrigger::nvme_host {

// Of one joining. A place is an index in the list of those that are known. Control reactor.
class JoinIndex {
 public:
  void clear() {
    places_.clear();
    taken_.clear();
  }
  // Places are added in their order.
  void add(size_t place, const NamespaceIdentity& identity, uint32_t nsid) {
    places_.emplace(key_of(identity, nsid), place);
  }
  // The first path's claim to what is at `place` is under this NSID.
  void take(size_t place, uint32_t nsid) {
    const auto [at, is_new] = taken_.emplace(nsid, place);
    if (!is_new && place < at->second) {
      at->second = place;
    }
  }
  // Places, in their order, of what has this identity; where there is none, this NSID too.
  [[nodiscard]] auto find(const NamespaceIdentity& identity, uint32_t nsid) const {
    const auto [begin, end] = places_.equal_range(key_of(identity, nsid));
    return std::ranges::subrange(begin, end) | std::views::values;
  }
  // The first place that has taken this NSID.
  [[nodiscard]] std::optional<size_t> taken(uint32_t nsid) const {
    const auto at = taken_.find(nsid);
    return at == taken_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  using Key =
      std::tuple<std::array<uint8_t, 16>, std::array<uint8_t, 16>, std::array<uint8_t, 8>, std::string, uint32_t>;
  static Key key_of(const NamespaceIdentity& identity, uint32_t nsid) {
    return {identity.uuid, identity.nguid, identity.eui64, identity.serial, identity.is_none() ? nsid : 0};
  }

  std::multimap<Key, size_t> places_;
  std::map<uint32_t, size_t> taken_;
};

}  // namespace outrigger::nvme_host
