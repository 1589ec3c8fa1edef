// ErrorLog: the error information log of one controller (NVM Express Base Specification 2.0, section 5.16.1.2). Its
// queues add what went wrong, from any core; the admin queue reads it. Only commands that fail come here, so that a
// lock is in nobody's way. It also keeps the cores from telling control of more errors than the host can hear of: the
// first that is worth an asynchronous event is told, and no other until the log has been read.
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

// Does it make an asynchronous event of type Error (5.2)? Internal Error asks for one (figure 94). We have no medium
// whose blocks could be bad: what a media error tells of is a volume that failed behind its namespace, which is an
// internal error as well; its own status says so in the words by which hosts know which blocks, and not to try again.
// What a host did wrong, what another host's right keeps it from, and what goes by another path is none.
[[nodiscard]] bool is_worth_event(Status status) noexcept;

class ErrorLog {
 public:
  // Any thread. True: it is the first since rearm() that is worth an event. Whoever added it sees to it that the
  // controller is told (QueueKeeper::error_happened()).
  [[nodiscard]] bool add(const ErrorRecord& record) noexcept;
  // The next one that is worth an event is told again. Control calls it before it reads the log for the host: what is
  // added after that is told, so that no error is neither in what the host has read nor told. And when the event came
  // to nobody.
  void rearm() noexcept;
  // How many were ever added.
  [[nodiscard]] uint64_t error_count() const noexcept;
  // The latest of them, newest first; what there is none for is all zeroes.
  void read(std::span<ErrorLogEntry, error_log_entries> entries) const noexcept;

 private:
  mutable std::mutex mutex_;
  uint64_t error_count_ = 0;
  bool is_told_ = false;
  std::array<ErrorLogEntry, error_log_entries> ring_{};  // the entry of count n is at (n - 1) % error_log_entries
};

}  // namespace outrigger::nvme
