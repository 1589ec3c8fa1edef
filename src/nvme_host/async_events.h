// AsyncEvents: the asynchronous event requests that a controller holds, and what their answers told (Base 2.0, 5.2).
// Control reactor. An event's kind stays masked until its log page was read: whoever takes the news reads that, then
// calls listen() again.
#pragma once

#include "nvme_host/bell.h"
#include "nvme_host/limits.h"
#include "nvme_host/tcp_queue.h"

#include <array>
#include <cstdint>

namespace outrigger::nvme_host {

// What was heard, as flags; several events of a kind are one.
struct EventNews {
  bool namespaces_changed = false;
  bool ana_changed = false;
  bool discovery_changed = false;
  bool has_errors = false;  // error information log
  bool has_health = false;  // SMART log
  [[nodiscard]] bool is_empty() const noexcept {
    return !namespaces_changed && !ana_changed && !discovery_changed && !has_errors && !has_health;
  }
};

class AsyncEvents {
 public:
  // `bell` rings when there is news.
  AsyncEvents(core::Reactor& control, Bell& bell) noexcept;

  // A new association, whose controller takes `count` requests at a time.
  void start(uint32_t count) noexcept;
  // Has the controller hold as many requests as it may.
  void listen(TcpQueue& queue) noexcept;
  // What came since the last call.
  [[nodiscard]] EventNews take() noexcept;
  // When news may be acted on: a target that tells too much is heard in the next second.
  [[nodiscard]] uint64_t earliest_ns() const noexcept {
    return heard_in_window_ < events_per_second_max ? 0 : window_ns_ + 1'000'000'000;
  }

 private:
  void answered(Command& command) noexcept;
  void note(uint32_t result) noexcept;

  struct Request {
    Command command;
    bool is_out = false;
    bool is_useless = false;  // the controller refuses it
  };
  core::Reactor& control_;
  Bell& bell_;
  std::array<Request, async_events_max> requests_;
  uint32_t count_ = 0;
  EventNews news_;
  uint64_t window_ns_ = 0;
  uint32_t heard_in_window_ = 0;
};

}  // namespace outrigger::nvme_host
