#include "nvme_host/keep_alive.h"

#include "nvme_host/admin_call.h"

namespace outrigger::nvme_host {

KeepAlive::KeepAlive(core::Reactor& control) noexcept : control_(control) {
  command_.owner = timer_.owner = this;
  command_.done = [](Command& command) noexcept { static_cast<KeepAlive*>(command.owner)->is_waiting_ = false; };
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<KeepAlive*>(timer.owner)->tick(); };
}

void KeepAlive::start(TcpQueue& queue, uint64_t timeout_ns) noexcept {
  queue_ = &queue;
  timeout_ns_ = timeout_ns;
  if (timeout_ns_ != 0) {
    control_.arm(timer_, control_.clock().now_ns() + timeout_ns_ / 2);
  }
}

void KeepAlive::stop() noexcept {
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
  queue_ = nullptr;
}

// An error is an answer: a controller that does not like the command is there.
void KeepAlive::tick() noexcept {
  const uint64_t now_ns = control_.clock().now_ns();
  if (is_waiting_) {
    if (now_ns - sent_ns_ >= timeout_ns_) {
      queue_->give_up(fmt::format("no answer to Keep Alive within {} ms", timeout_ns_ / 1'000'000));
      return;
    }
    control_.arm(timer_, sent_ns_ + timeout_ns_);
    return;
  }
  command_.sqe = admin_sqe(nvme::AdminOpcode::KeepAlive);
  is_waiting_ = queue_->submit(command_);
  sent_ns_ = now_ns;
  control_.arm(timer_, now_ns + timeout_ns_ / 2);
}

}  // namespace outrigger::nvme_host
