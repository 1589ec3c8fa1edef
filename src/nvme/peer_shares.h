// PeerShares: who has how much of something that strangers may have and of which there is a limit, by network and
// address, and whose part goes to a newcomer when there is no more. Control reactor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace outrigger::nvme {

class PeerShares {
 public:
  // `id`: of what `peer` has now, an address with a port; each once.
  void add(std::string_view peer, uint16_t id);
  // Nothing happens where it is not there.
  void remove(std::string_view peer, uint16_t id);
  [[nodiscard]] size_t size() const noexcept { return size_; }
  // Of the peer's address.
  [[nodiscard]] size_t count_at(std::string_view peer) const;
  // All is given away: the oldest of the address that has most in the network that has most, as if `peer` had one more
  // already; of several that have most, the one that has had some for the longest. Nothing: it is its own address.
  [[nodiscard]] std::optional<uint16_t> find_place_for(std::string_view peer) const;

 private:
  using Ids = std::map<uint64_t, uint16_t>;  // by when they came
  struct Network {
    std::set<uint64_t> arrivals;
    std::map<std::string, Ids, std::less<>> addresses;  // none is empty
  };
  std::map<std::string, Network, std::less<>> networks_;  // none is empty
  uint64_t last_arrival_ = 0;
  size_t size_ = 0;
};

}  // namespace outrigger::nvme
