// AuthenticationTurns: whose turn it is to be authenticated. Some messages of an authentication make the control
// reactor compute for milliseconds (a Diffie-Hellman exchange), and any stranger may send them: so all that is computed
// takes no more than a part of the reactor's time, and addresses take turns, so that one with many connections keeps
// none of the others waiting for long. Nobody is refused for it but the one who comes when the room is full: the others
// wait. Control reactor.
#pragma once

#include "core/reactor.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace outrigger::nvme {

class AuthenticationTurns {
 public:
  using Work = std::move_only_function<void()>;

  explicit AuthenticationTurns(core::Reactor& control);
  // Nobody waits.
  ~AuthenticationTurns();
  AuthenticationTurns(const AuthenticationTurns&) = delete;
  AuthenticationTurns& operator=(const AuthenticationTurns&) = delete;

  // Calls `work` when it is the turn of `peer`, an address with or without a port: perhaps at once. False: too many
  // wait, and it is never called.
  [[nodiscard]] bool enter(std::string_view peer, Work work);
  [[nodiscard]] size_t waiting() const noexcept { return waiting_; }

 private:
  void run(Work& work);
  void next() noexcept;

  core::Reactor& control_;
  core::Timer timer_;                                           // runs while somebody waits
  uint64_t free_at_ns_ = 0;                                     // nothing is computed before
  std::map<std::string, std::deque<Work>, std::less<>> peers_;  // that wait, by address; none is empty
  std::deque<std::string> round_;                               // the same addresses, the next one first
  size_t waiting_ = 0;
};

}  // namespace outrigger::nvme
