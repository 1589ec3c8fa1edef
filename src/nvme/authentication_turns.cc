#include "nvme/authentication_turns.h"

#include "base/check.h"
#include "nvme/limits.h"
#include "nvme/peer_network.h"

#include <utility>

namespace outrigger::nvme {

AuthenticationTurns::AuthenticationTurns(core::Reactor& control) : control_(control) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<AuthenticationTurns*>(timer.owner)->next(); };
}

AuthenticationTurns::~AuthenticationTurns() {
  check(waiting_ == 0, "who waits for a turn goes before the turns");
  control_.cancel(timer_);
}

bool AuthenticationTurns::enter(std::string_view peer, Place& place, Work work) {
  check(!place.is_waiting(), "a place is taken once");
  if (waiting_ == 0 && control_.clock().now_ns() >= free_at_ns_) {
    run(work);
    return true;
  }
  if (waiting_ >= authentications_waiting_max) {
    return false;
  }
  std::string address(address_of(peer));
  std::string name = network_of(address);
  auto network = networks_.find(name);
  if (network == networks_.end()) {
    round_.push_back({.name = std::move(name), .round = {}, .peers = {}});
    network = networks_.emplace(round_.back().name, std::prev(round_.end())).first;
  }
  Network& its_network = *network->second;
  auto known = its_network.peers.find(address);
  if (known == its_network.peers.end()) {
    its_network.round.push_back({.address = std::move(address), .places = {}});
    known = its_network.peers.emplace(its_network.round.back().address, std::prev(its_network.round.end())).first;
  }
  Peer& its_peer = *known->second;
  its_peer.places.push_back(&place);
  place.turns_ = this;
  place.network_ = &its_network;
  place.peer_ = &its_peer;
  place.work_ = std::move(work);
  place.at_ = std::prev(its_peer.places.end());
  if (++waiting_ == 1) {
    control_.arm(timer_, free_at_ns_);
  }
  return true;
}

void AuthenticationTurns::Place::leave() noexcept {
  if (turns_ == nullptr) {
    return;
  }
  AuthenticationTurns& turns = *turns_;
  turns.take_out(*this);
  work_ = nullptr;
  if (turns.waiting_ == 0) {
    turns.control_.cancel(turns.timer_);
  }
}

void AuthenticationTurns::take_out(Place& place) noexcept {
  Network& network = *place.network_;
  Peer& peer = *place.peer_;
  place.turns_ = nullptr;
  peer.places.erase(place.at_);
  --waiting_;
  if (peer.places.empty()) {
    const auto known = network.peers.find(peer.address);
    const auto at = known->second;
    network.peers.erase(known);
    network.round.erase(at);
  }
  if (network.round.empty()) {
    const auto known = networks_.find(network.name);
    const auto at = known->second;
    networks_.erase(known);
    round_.erase(at);
  }
}

void AuthenticationTurns::run(Work& work) {
  const uint64_t start_ns = control_.clock().now_ns();
  work();
  const uint64_t end_ns = control_.clock().now_ns();
  free_at_ns_ = end_ns + (end_ns - start_ns) * authentication_rest_factor;
}

void AuthenticationTurns::next() noexcept {
  // Whoever had a turn is the last of its network, and that the last of all.
  Network& network = round_.front();
  Peer& peer = network.round.front();
  round_.splice(round_.end(), round_, round_.begin());
  network.round.splice(network.round.end(), network.round, network.round.begin());
  Place& place = *peer.places.front();
  Work work = std::move(place.work_);
  take_out(place);
  run(work);
  if (waiting_ != 0) {
    if (timer_.is_armed()) {
      control_.cancel(timer_);
    }
    control_.arm(timer_, free_at_ns_);
  }
}

}  // namespace outrigger::nvme
