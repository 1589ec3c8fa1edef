// AsyncEvents: the asynchronous event requests that a host left with a controller, and what waits to be told (NVM
// Express Base Specification 2.0, section 5.2). An event that was told is not told again until the host has read its
// log page; what happens meanwhile is in that page. So every event waits at most once. Control reactor.
#pragma once

#include "base/intrusive.h"
#include "nvme/command.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace outrigger::nvme {

// Of type Error there is Transient Internal Error alone (figure 146; is_worth_event() says for what): over fabrics
// there are no doorbells, and we have no diagnostics and no firmware to load. Persistent Internal Error would have
// hosts reset the controller, which mends no volume.
enum class AsyncEvent : uint8_t { Error, Smart, NamespaceAttribute, AnaChange, Reservation, DiscoveryChange };
inline constexpr size_t async_event_count = 6;

class AsyncEvents {
 public:
  AsyncEvents() = default;
  // All requests have been completed.
  ~AsyncEvents();
  AsyncEvents(const AsyncEvents&) = delete;
  AsyncEvents& operator=(const AsyncEvents&) = delete;

  // Keeps `request` until something happens, or completes it at once; beyond async_events_max it is refused.
  void add(Command& request) noexcept;
  // Something happened that the host wants to hear of. `information` is the event's own (bits 15:8 of the result).
  void raise(AsyncEvent event, uint8_t information) noexcept;
  // The host read the event's log page and did not ask to retain the event.
  void clear(AsyncEvent event) noexcept;
  // Completes the request with this command identifier as aborted; false: there is none.
  bool abort(uint16_t cid) noexcept;
  // Completes all requests with `status`.
  void complete_all(Status status) noexcept;
  // Forgets what was to be told: the controller was reset.
  void reset() noexcept { slots_ = {}; }
  [[nodiscard]] size_t outstanding_count() const noexcept { return requests_.count(); }

 private:
  enum class State : uint8_t { Quiet, Waiting, Told };
  struct Slot {
    State state = State::Quiet;
    uint8_t information = 0;
  };
  void tell() noexcept;

  IntrusiveQueue<Command> requests_;
  std::array<Slot, async_event_count> slots_{};
};

}  // namespace outrigger::nvme
