// IoQueueCounters: what one I/O queue did, written by its core alone and read by anybody; IoTotals: the same added up.
#pragma once

#include "block/counters.h"

#include <atomic>
#include <cstdint>

namespace outrigger::nvme {

struct IoQueueCounters {
  // Commands that ended, well or not, and how long they were here: from the turn that took one to its end. Read: Read,
  // Compare, Verify; Unmap: Write Zeroes, Dataset Management; Other: Copy.
  block::Counters commands;
  std::atomic<uint64_t> writes_without_data{0};  // Write Zeroes and Copy that succeeded: host write commands, too
  std::atomic<uint64_t> media_errors{0};
  std::atomic<uint64_t> errors{0};           // commands that were refused or ended with an error, of any kind
  std::atomic<uint64_t> last_command_ns{0};  // when the latest one came: for traffic based keep alive
};

struct IoTotals {
  block::CounterSums commands;
  uint64_t writes_without_data = 0;
  uint64_t media_errors = 0;
  uint64_t errors = 0;

  // As SMART counts them: those that succeeded.
  [[nodiscard]] uint64_t host_reads() const noexcept { return succeeded(block::OpClass::Read); }
  [[nodiscard]] uint64_t host_writes() const noexcept { return succeeded(block::OpClass::Write) + writes_without_data; }
  [[nodiscard]] uint64_t read_bytes() const noexcept { return commands.of(block::OpClass::Read).bytes; }
  [[nodiscard]] uint64_t written_bytes() const noexcept { return commands.of(block::OpClass::Write).bytes; }

  // Any thread.
  void add(const IoQueueCounters& counters) noexcept;
  void add(const IoTotals& others) noexcept;

 private:
  [[nodiscard]] uint64_t succeeded(block::OpClass op_class) const noexcept {
    return commands.of(op_class).operations - commands.of(op_class).errors;
  }
};

}  // namespace outrigger::nvme
