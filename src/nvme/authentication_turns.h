// AuthenticationTurns: whose turn it is to be authenticated. Some messages of an authentication or of a TLS handshake
// make the control reactor compute for milliseconds (a Diffie-Hellman exchange), and any stranger may send them: so all
// that is computed takes no more than a part of the reactor's time, and addresses take turns, so that one with many
// connections keeps none of the others waiting for long. Who has IPv6 has at least 2^64 addresses: networks of 64 bits
// take turns there, and in each of them its addresses. Nobody is refused for it but the one who comes when the room is
// full: the others wait. Control reactor.
#pragma once

#include "core/reactor.h"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace outrigger::nvme {

class AuthenticationTurns {
  struct Peer;
  struct Network;

 public:
  using Work = std::move_only_function<void()>;

  // A place in the queue, which is left when this goes: nothing is computed for who is not there any more.
  class Place {
   public:
    Place() = default;
    ~Place() { leave(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] bool is_waiting() const noexcept { return turns_ != nullptr; }
    // Its work is never called.
    void leave() noexcept;

   private:
    friend class AuthenticationTurns;
    AuthenticationTurns* turns_ = nullptr;  // while it waits
    Network* network_ = nullptr;
    Peer* peer_ = nullptr;
    Work work_;
    std::list<Place*>::iterator at_;
  };

  explicit AuthenticationTurns(core::Reactor& control);
  // Nobody waits.
  ~AuthenticationTurns();
  AuthenticationTurns(const AuthenticationTurns&) = delete;
  AuthenticationTurns& operator=(const AuthenticationTurns&) = delete;

  // Calls `work` when it is the turn of `peer`, an address with or without a port: perhaps at once, else when `place`
  // has waited, which does not wait already. False: too many wait, and it is never called.
  [[nodiscard]] bool enter(std::string_view peer, Place& place, Work work);
  [[nodiscard]] size_t waiting() const noexcept { return waiting_; }

 private:
  // Who waits, of one address and of one network, in the order of their turns. None is empty.
  struct Peer {
    std::string address;
    std::list<Place*> places;
  };
  struct Network {
    std::string name;
    std::list<Peer> round;
    std::map<std::string_view, std::list<Peer>::iterator> peers;
  };

  void run(Work& work);
  void next() noexcept;
  void take_out(Place& place) noexcept;

  core::Reactor& control_;
  core::Timer timer_;        // runs while somebody waits
  uint64_t free_at_ns_ = 0;  // nothing is computed before
  std::list<Network> round_;
  std::map<std::string_view, std::list<Network>::iterator> networks_;
  size_t waiting_ = 0;
};

}  // namespace outrigger::nvme
