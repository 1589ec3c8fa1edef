// Nap: a sleep of one job that others can shorten. On one reactor.
#pragma once

#include "core/job.h"
#include "core/reactor.h"

#include <cstdint>
#include <variant>

namespace outrigger::apply {

class Nap {
 public:
  explicit Nap(core::Reactor& reactor) : reactor_(reactor) {
    timer_.owner = this;
    timer_.fire = [](core::Timer& timer) noexcept { static_cast<Nap*>(timer.owner)->wake(); };
  }
  ~Nap() { check(over_ == nullptr, "a nap outlives its sleeper"); }
  Nap(const Nap&) = delete;
  Nap& operator=(const Nap&) = delete;

  // One job at a time.
  core::Job<void> sleep(uint64_t ns) {
    check(over_ == nullptr, "a nap has one sleeper");
    core::Event<std::monostate> over;
    over_ = &over;
    reactor_.arm(timer_, reactor_.clock().now_ns() + ns);
    co_await over;
  }
  // The sleeper, if there is one, goes on inside this call.
  void wake() noexcept {
    if (timer_.is_armed()) {
      reactor_.cancel(timer_);
    }
    if (over_ != nullptr) {
      std::exchange(over_, nullptr)->set({});
    }
  }
  // The sleeper, if there is one, goes on in the reactor's next turn.
  void wake_soon() {
    if (over_ != nullptr) {
      reactor_.arm(timer_, reactor_.clock().now_ns());
    }
  }

 private:
  core::Reactor& reactor_;
  core::Timer timer_;
  core::Event<std::monostate>* over_ = nullptr;
};

}  // namespace outrigger::apply
