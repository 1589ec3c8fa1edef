#include "nvme/error_log.h"

#include "nvme/fabrics_format.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

bool is_worth_event(Status status) noexcept {
  switch (status.code()) {
    case StatusCode::InternalError:
    case StatusCode::WriteFault:
    case StatusCode::UnrecoveredReadError: return true;
    default: return false;
  }
}

bool ErrorLog::add(const ErrorRecord& record) noexcept {
  ErrorLogEntry entry;
  entry.sqid = record.sqid;
  entry.cid = record.cid;
  entry.status = static_cast<uint16_t>(record.status.bits() << 1U);
  entry.parameter_error_location = record.location;
  entry.lba = record.lba;
  entry.nsid = record.nsid;
  entry.trtype = static_cast<uint8_t>(TransportType::Tcp);
  const std::lock_guard lock(mutex_);
  entry.error_count = ++error_count_;
  ring_[(error_count_ - 1) % error_log_entries] = entry;
  return is_worth_event(record.status) && !std::exchange(is_told_, true);
}

void ErrorLog::rearm() noexcept {
  const std::lock_guard lock(mutex_);
  is_told_ = false;
}

uint64_t ErrorLog::error_count() const noexcept {
  const std::lock_guard lock(mutex_);
  return error_count_;
}

void ErrorLog::read(std::span<ErrorLogEntry, error_log_entries> entries) const noexcept {
  const std::lock_guard lock(mutex_);
  const uint64_t kept = std::min<uint64_t>(error_count_, error_log_entries);
  for (uint64_t i = 0; i < error_log_entries; ++i) {
    entries[i] = i < kept ? ring_[(error_count_ - 1 - i) % error_log_entries] : ErrorLogEntry{};
  }
}

}  // namespace outrigger::nvme
