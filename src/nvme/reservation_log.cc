#include "nvme/reservation_log.h"

#include "nvme/limits.h"

#include <algorithm>

namespace outrigger::nvme {

void ReservationLog::add(uint32_t nsid, ReservationNotice what) {
  if (notices_.size() >= reservation_notices_max) {
    notices_.pop_front();
  }
  ++count_;
  // 0 stands for "no page yet", so it is left out when the count wraps.
  count_ += count_ == 0 ? 1 : 0;
  notices_.push_back({.number = count_, .nsid = nsid, .what = what});
}

ReservationNotificationLog ReservationLog::page() const noexcept {
  ReservationNotificationLog page;
  if (notices_.empty()) {
    return page;
  }
  const Entry& oldest = notices_.front();
  page.log_page_count = oldest.number;
  page.type = static_cast<uint8_t>(oldest.what);
  page.available_count = static_cast<uint8_t>(std::min<size_t>(notices_.size() - 1, UINT8_MAX));
  page.nsid = oldest.nsid;
  return page;
}

bool ReservationLog::read() noexcept {
  if (!notices_.empty()) {
    notices_.pop_front();
  }
  return !notices_.empty();
}

}  // namespace outrigger::nvme
