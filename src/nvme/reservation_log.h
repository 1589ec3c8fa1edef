// ReservationLog: what one controller still has to tell its host about reservations: the notification log page, one
// notice at a time, oldest first (NVM Express Base Specification 2.0, section 5.16.1.24). Control reactor.
#pragma once

#include "nvme/log_format.h"
#include "nvme/reservation_format.h"

#include <cstdint>
#include <deque>

namespace outrigger::nvme {

class ReservationLog {
 public:
  // Beyond reservation_notices_max the oldest is lost, which the page's count shows.
  void add(uint32_t nsid, ReservationNotice what);
  // The oldest notice, or the empty page.
  [[nodiscard]] ReservationNotificationLog page() const noexcept;
  // The host has read page() and does not ask to retain it. True: there is another one to tell of.
  bool read() noexcept;
  void clear() noexcept { notices_.clear(); }

 private:
  struct Entry {
    uint64_t number;
    uint32_t nsid;
    ReservationNotice what;
  };
  std::deque<Entry> notices_;
  uint64_t count_ = 0;
};

}  // namespace outrigger::nvme
