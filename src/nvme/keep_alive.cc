#include "nvme/keep_alive.h"

#include "nvme/limits.h"

namespace outrigger::nvme {

KeepAlive::KeepAlive(core::Reactor& control, Listener& listener) : control_(control), listener_(listener) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<KeepAlive*>(timer.owner)->interval_over(); };
}

KeepAlive::~KeepAlive() { stop(); }

void KeepAlive::set_timeout(uint32_t timeout_ms) {
  constexpr uint32_t granularity_ms = keep_alive_granularity_100ms * 100U;
  timeout_ms_ = (timeout_ms + granularity_ms - 1) / granularity_ms * granularity_ms;
  if (is_running_) {
    arm();
  }
}

void KeepAlive::start() {
  is_running_ = true;
  arm();
}

void KeepAlive::stop() noexcept {
  is_running_ = false;
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
}

void KeepAlive::restart() {
  if (is_running_) {
    arm();
  }
}

void KeepAlive::arm() {
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
  if (timeout_ms_ != 0) {
    interval_start_ns_ = control_.clock().now_ns();
    control_.arm(timer_, interval_start_ns_ + timeout_ms_ * 1'000'000ULL);
  }
}

void KeepAlive::interval_over() noexcept {
  if (listener_.latest_command_ns() > interval_start_ns_) {
    arm();
  } else {
    is_running_ = false;
    listener_.keep_alive_expired();
  }
}

}  // namespace outrigger::nvme
