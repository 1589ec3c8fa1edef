// Bell: what one job of the control reactor waits for between its deeds: somebody rings, or a moment comes.
#pragma once

#include "base/check.h"
#include "core/reactor.h"

#include <coroutine>
#include <cstdint>
#include <utility>

namespace outrigger::nvme_host {

class Bell {
 public:
  explicit Bell(core::Reactor& control) noexcept : control_(control) {
    message_.owner = timer_.owner = this;
    message_.run = [](core::Message& message) noexcept { static_cast<Bell*>(message.owner)->resume(); };
    timer_.fire = [](core::Timer& timer) noexcept { static_cast<Bell*>(timer.owner)->time_is_up(); };
  }
  ~Bell() { check(!waiter_ && !timer_.is_armed(), "nobody waits for a bell that goes"); }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // Wakes the waiter, or the next one; never inside the call.
  void ring() noexcept {
    is_rung_ = true;
    if (waiter_ && !is_posted_) {
      is_posted_ = true;
      control_.post(message_);
    }
  }

  // co_await bell.until(deadline_ns): UINT64_MAX waits for the bell alone. One job waits.
  class Until {
   public:
    Until(Bell& bell, uint64_t deadline_ns) noexcept : bell_(bell), deadline_ns_(deadline_ns) {}
    Until(const Until&) = delete;
    Until& operator=(const Until&) = delete;
    bool await_ready() const noexcept { return std::exchange(bell_.is_rung_, false); }
    void await_suspend(std::coroutine_handle<> waiter) {
      check(!bell_.waiter_, "one job waits for a bell");
      bell_.waiter_ = waiter;
      if (deadline_ns_ != UINT64_MAX) {
        bell_.control_.arm(bell_.timer_, deadline_ns_);
      }
    }
    void await_resume() const noexcept { bell_.is_rung_ = false; }

   private:
    Bell& bell_;
    uint64_t deadline_ns_;
  };
  [[nodiscard]] Until until(uint64_t deadline_ns) noexcept { return {*this, deadline_ns}; }

 private:
  void time_is_up() noexcept {
    if (!is_posted_) {
      std::exchange(waiter_, {}).resume();
    }
  }
  void resume() noexcept {
    is_posted_ = false;
    if (timer_.is_armed()) {
      control_.cancel(timer_);
    }
    std::exchange(waiter_, {}).resume();
  }

  core::Reactor& control_;
  core::Message message_;
  core::Timer timer_;
  std::coroutine_handle<> waiter_;
  bool is_rung_ = false;
  bool is_posted_ = false;
};

}  // namespace outrigger::nvme_host
