#include "nvme/authentication_turns.h"

#include "base/check.h"
#include "nvme/limits.h"

#include <utility>

namespace outrigger::nvme {
namespace {

// "192.0.2.1" of "192.0.2.1:4420": a host's connections have a port each.
std::string_view address_of(std::string_view peer) noexcept { return peer.substr(0, peer.rfind(':')); }

}  // namespace

AuthenticationTurns::AuthenticationTurns(core::Reactor& control) : control_(control) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<AuthenticationTurns*>(timer.owner)->next(); };
}

AuthenticationTurns::~AuthenticationTurns() {
  check(waiting_ == 0, "who waits for a turn goes before the turns");
  control_.cancel(timer_);
}

bool AuthenticationTurns::enter(std::string_view peer, Work work) {
  if (waiting_ == 0 && control_.clock().now_ns() >= free_at_ns_) {
    run(work);
    return true;
  }
  if (waiting_ >= authentications_waiting_max) {
    return false;
  }
  const auto [at, is_new] = peers_.try_emplace(std::string(address_of(peer)));
  if (is_new) {
    round_.push_back(at->first);
  }
  at->second.push_back(std::move(work));
  if (++waiting_ == 1) {
    control_.arm(timer_, free_at_ns_);
  }
  return true;
}

void AuthenticationTurns::run(Work& work) {
  const uint64_t start_ns = control_.clock().now_ns();
  work();
  const uint64_t end_ns = control_.clock().now_ns();
  free_at_ns_ = end_ns + (end_ns - start_ns) * authentication_rest_factor;
}

void AuthenticationTurns::next() noexcept {
  const auto at = peers_.find(round_.front());
  Work work = std::move(at->second.front());
  at->second.pop_front();
  round_.pop_front();
  if (at->second.empty()) {
    peers_.erase(at);
  } else {
    round_.push_back(at->first);
  }
  --waiting_;
  run(work);
  if (waiting_ != 0) {
    control_.arm(timer_, free_at_ns_);
  }
}

}  // namespace outrigger::nvme
