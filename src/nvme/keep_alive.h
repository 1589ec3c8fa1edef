// KeepAlive: notices that a host has gone silent (NVM Express Base Specification 2.0, section 3.9). Traffic based: an
// interval in which any command came is followed by another; one without ends it. Control reactor.
#pragma once

#include "core/reactor.h"

#include <cstdint>

namespace outrigger::nvme {

class KeepAlive {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // When the latest command of any queue came, in the reactor's time.
    [[nodiscard]] virtual uint64_t latest_command_ns() const noexcept = 0;
    virtual void keep_alive_expired() noexcept = 0;
  };

  KeepAlive(core::Reactor& control, Listener& listener);
  ~KeepAlive();
  KeepAlive(const KeepAlive&) = delete;
  KeepAlive& operator=(const KeepAlive&) = delete;

  [[nodiscard]] uint32_t timeout_ms() const noexcept { return timeout_ms_; }
  // Rounded up to the granularity; 0: never. A running timer starts again.
  void set_timeout(uint32_t timeout_ms);
  void start();
  void stop() noexcept;
  // A Keep Alive command came.
  void restart();

 private:
  void interval_over() noexcept;
  void arm();

  core::Reactor& control_;
  Listener& listener_;
  core::Timer timer_;
  uint32_t timeout_ms_ = 0;
  bool is_running_ = false;
  uint64_t interval_start_ns_ = 0;
};

}  // namespace outrigger::nvme
