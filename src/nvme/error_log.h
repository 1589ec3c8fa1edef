// ErrorLog: the error information log of one controller (NVM Express Base Specification 2.0, section 5.16.1.2). Its
// queues add what went wrong, from any core; the admin queue reads it. Only commands that fail come here, so that a
// lock is in nobody's way.
#pragma once

#include "base/endian.h"
#include "nvme/entry.h"
#include "nvme/limits.h"
#include "nvme/status.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

namespace outrigger::nvme {

// On the wire.
struct ErrorLogEntry {
  le64 error_count;  // 0: no entry
  le16 sqid;
  le16 cid;
  le16 status;                    // bits 15:1 as in the completion, bit 0 the phase tag
  le16 parameter_error_location;  // byte of the command in bits 7:0, bit in 10:8; 0xFFFF: nowhere in particular
  le64 lba;                       // the first that failed
  le32 nsid;
  uint8_t vendor_log_page = 0;  // with more about it; 0: none
  uint8_t trtype = 0;           // TransportType
  uint8_t reserved30[2]{};
  le64 command_specific;
  le16 trtype_specific;
  uint8_t reserved42[22]{};
};
static_assert(sizeof(ErrorLogEntry) == 64 && offsetof(ErrorLogEntry, status) == 12);
static_assert(offsetof(ErrorLogEntry, lba) == 16 && offsetof(ErrorLogEntry, nsid) == 24);
static_assert(offsetof(ErrorLogEntry, trtype) == 29 && offsetof(ErrorLogEntry, command_specific) == 32 &&
              offsetof(ErrorLogEntry, trtype_specific) == 40);

// Parameter error location: a byte of the command, or nowhere in particular.
inline constexpr uint16_t nowhere = 0xFFFF;

struct ErrorRecord {
  uint16_t sqid = 0;
  uint16_t cid = 0;
  Status status{};
  uint16_t location = nowhere;
  uint64_t lba = 0;
  uint32_t nsid = 0;
};

class ErrorLog {
 public:
  // Any thread.
  void add(const ErrorRecord& record) noexcept;
  // How many were ever added.
  [[nodiscard]] uint64_t error_count() const noexcept;
  // The latest of them, newest first; what there is none for is all zeroes.
  void read(std::span<ErrorLogEntry, error_log_entries> entries) const noexcept;

 private:
  mutable std::mutex mutex_;
  uint64_t error_count_ = 0;
  std::array<ErrorLogEntry, error_log_entries> ring_{};  // the entry of count n is at (n - 1) % error_log_entries
};

}  // namespace outrigger::nvme
