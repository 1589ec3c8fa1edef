// AdminCall: one command that a job on the control reactor awaits: admin, Fabrics, whatever a TcpQueue takes.
//   AdminCall call(control, queue, sqe);  co_await call;  call.status()
#pragma once

#include "core/reactor.h"
#include "nvme_host/tcp_queue.h"

#include <bit>
#include <coroutine>
#include <cstdint>
#include <span>

namespace outrigger::nvme_host {

class AdminCall {
 public:
  // `data` is borrowed until the command ended. The queue is on the control reactor.
  AdminCall(core::Reactor& control, TcpQueue& queue, const nvme::Sqe& sqe, Direction direction = Direction::None,
            std::span<std::byte> data = {}) noexcept
      : control_(control), queue_(queue), iov_{data.data(), data.size()} {
    command_.sqe = sqe;
    command_.direction = direction;
    command_.data_bytes = static_cast<uint32_t>(data.size());
    command_.iov = &iov_;
    command_.iov_count = data.empty() ? 0 : 1;
    command_.owner = message_.owner = this;
    // The queue is in the middle of its work when a command ends; the job goes on in a message.
    command_.done = [](Command& command) noexcept {
      auto& self = *static_cast<AdminCall*>(command.owner);
      self.control_.post(self.message_);
    };
    message_.run = [](core::Message& message) noexcept { static_cast<AdminCall*>(message.owner)->waiter_.resume(); };
  }
  AdminCall(const AdminCall&) = delete;
  AdminCall& operator=(const AdminCall&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) noexcept {
    waiter_ = waiter;
    if (queue_.submit(command_)) {
      return true;
    }
    command_.status = nvme::Status::retryable(nvme::StatusCode::HostPathingError);
    return false;
  }
  void await_resume() const noexcept {}

  [[nodiscard]] nvme::Status status() const noexcept { return command_.status; }
  [[nodiscard]] uint64_t result() const noexcept { return command_.result; }

 private:
  core::Reactor& control_;
  TcpQueue& queue_;
  Command command_;
  iovec iov_;
  core::Message message_;
  std::coroutine_handle<> waiter_;
};

[[nodiscard]] inline nvme::Sqe admin_sqe(nvme::AdminOpcode opcode) noexcept {
  nvme::Sqe sqe;
  sqe.opcode = static_cast<uint8_t>(opcode);
  return sqe;
}

}  // namespace outrigger::nvme_host
