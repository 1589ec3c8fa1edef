// KeepAlive: says every half KATO that we are there, and gives the connection up when that is not answered within KATO.
// Control reactor.
#pragma once

#include "core/reactor.h"
#include "nvme_host/tcp_queue.h"

#include <cstdint>

namespace outrigger::nvme_host {

class KeepAlive {
 public:
  explicit KeepAlive(core::Reactor& control) noexcept;
  // Begins, on an admin queue that lives until stop(). `timeout_ns` 0: nothing is to be done.
  void start(TcpQueue& queue, uint64_t timeout_ns) noexcept;
  // No command of it is outstanding afterwards if the queue was closed before.
  void stop() noexcept;

 private:
  void tick() noexcept;

  core::Reactor& control_;
  TcpQueue* queue_ = nullptr;
  uint64_t timeout_ns_ = 0;
  uint64_t sent_ns_ = 0;
  bool is_waiting_ = false;
  Command command_;
  core::Timer timer_;
};

}  // namespace outrigger::nvme_host
