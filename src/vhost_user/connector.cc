#include "vhost_user/connector.h"

#include "base/check.h"

#include <algorithm>

namespace outrigger::vhost_user {

Connector::Connector(core::Reactor& control, const SocketAddress& address, std::string name)
    : control_(control), address_(address), name_(std::move(name)) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<Connector*>(timer.owner)->resume(); };
}

Connector::~Connector() { check(!waiter_, "nobody waits for a connector that goes"); }

core::Job<Result<UniqueFd>> Connector::next() {
  for (;;) {
    if (pause_ns_ != 0) {
      PauseAwait pause{*this};
      co_await pause;
    }
    if (is_interrupted_) {
      co_return fail(Code::Cancelled, "{} is not served any more", address_.path());
    }
    auto socket = connect_to(address_);
    if (socket.has_value()) {
      told_.clear();
      co_return socket;
    }
    if (told_ != socket.error().what) {
      told_ = socket.error().what;
      log::info("vhost_user", "{}: {}; trying again", name_, told_);
    }
    pause_ns_ = std::clamp(pause_ns_ * 2, reconnect_pause_ns_min, reconnect_pause_ns_max);
  }
}

void Connector::interrupt() {
  is_interrupted_ = true;
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
  resume();
}

// A session that lasted starts the pauses anew; one that broke at once makes them grow as a refusal does.
void Connector::set_serving(const Session* session) {
  const uint64_t now_ns = control_.clock().now_ns();
  if (session != nullptr) {
    serving_since_ns_ = now_ns;
    return;
  }
  const bool has_lasted = now_ns - serving_since_ns_ >= reconnect_pause_ns_max;
  pause_ns_ =
      has_lasted ? reconnect_pause_ns_min : std::clamp(pause_ns_ * 2, reconnect_pause_ns_min, reconnect_pause_ns_max);
}

void Connector::resume() {
  if (waiter_) {
    std::exchange(waiter_, {}).resume();
  }
}

void Connector::PauseAwait::await_suspend(std::coroutine_handle<> waiter) {
  connector.waiter_ = waiter;
  connector.control_.arm(connector.timer_, connector.control_.clock().now_ns() + connector.pause_ns_);
}

}  // namespace outrigger::vhost_user
