#include "nvme/peer_shares.h"

#include "nvme/peer_network.h"

#include <algorithm>
#include <tuple>

namespace outrigger::nvme {
namespace {

// The entry with the most, where `own` counts one more than it has, and gives way to others with as many.
template <typename Map, typename Count, typename Oldest>
typename Map::const_iterator find_largest(const Map& map, std::string_view own, Count count, Oldest oldest) {
  const auto weight = [&](const auto& entry) {
    const bool is_own = entry.first == own;
    return std::tuple(count(entry.second) + (is_own ? 1 : 0), !is_own, ~oldest(entry.second));
  };
  return std::ranges::max_element(map, {}, weight);
}

}  // namespace

void PeerShares::add(std::string_view peer, uint16_t id) {
  const std::string_view address = address_of(peer);
  Network& network = networks_[network_of(address)];
  network.addresses[std::string(address)].emplace(++last_arrival_, id);
  network.arrivals.insert(last_arrival_);
  ++size_;
}

void PeerShares::remove(std::string_view peer, uint16_t id) {
  const std::string_view address = address_of(peer);
  const auto network = networks_.find(network_of(address));
  if (network == networks_.end()) {
    return;
  }
  const auto found = network->second.addresses.find(address);
  if (found == network->second.addresses.end()) {
    return;
  }
  Ids& ids = found->second;
  const auto gone = std::ranges::find(ids, id, &Ids::value_type::second);
  if (gone == ids.end()) {
    return;
  }
  network->second.arrivals.erase(gone->first);
  ids.erase(gone);
  if (ids.empty()) {
    network->second.addresses.erase(found);
  }
  if (network->second.arrivals.empty()) {
    networks_.erase(network);
  }
  --size_;
}

size_t PeerShares::count_at(std::string_view peer) const {
  const std::string_view address = address_of(peer);
  const auto network = networks_.find(network_of(address));
  if (network == networks_.end()) {
    return 0;
  }
  const auto found = network->second.addresses.find(address);
  return found == network->second.addresses.end() ? 0 : found->second.size();
}

std::optional<uint16_t> PeerShares::find_place_for(std::string_view peer) const {
  const std::string_view address = address_of(peer);
  const auto network = find_largest(
      networks_, network_of(address), [](const Network& each) { return each.arrivals.size(); },
      [](const Network& each) { return *each.arrivals.begin(); });
  if (network == networks_.end()) {
    return std::nullopt;
  }
  const auto found = find_largest(
      network->second.addresses, address, [](const Ids& ids) { return ids.size(); },
      [](const Ids& ids) { return ids.begin()->first; });
  return found->first == address ? std::nullopt : std::optional(found->second.begin()->second);
}

}  // namespace outrigger::nvme
