// WatchSet: the descriptors one reactor watches, in one epoll set. A watch taken away in the middle of a batch of
// events is not called any more, even when its descriptor's number is used again at once.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/limits.h"

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::core {

class FdWatch;

class WatchSet {
 public:
  Result<void> open();

  Result<void> watch(int fd, uint32_t events, FdWatch& watch);
  void rewatch(int fd, uint32_t events, FdWatch& watch);
  void unwatch(int fd, FdWatch& watch);

  // Waits at most `timeout_ns` (0: not at all; UINT64_MAX: for ever) until a descriptor is ready, and notes which are,
  // at most events_per_turn_max. dispatch() must follow.
  void wait(uint64_t timeout_ns) noexcept;
  // Calls the watches of the noted descriptors; returns how many it called.
  uint32_t dispatch() noexcept;

 private:
  struct Slot {
    FdWatch* watch;  // nullptr: taken away
    int fd;
  };
  [[nodiscard]] Slot& slot_of(int fd, const FdWatch& watch) noexcept;

  UniqueFd epoll_fd_;
  std::vector<std::unique_ptr<Slot>> slots_;    // by descriptor
  std::vector<std::unique_ptr<Slot>> retired_;  // may still be named by the batch of events being handled
  std::array<epoll_event, events_per_turn_max> events_;
  size_t event_count_ = 0;  // noted and not yet dispatched
};

}  // namespace outrigger::core
