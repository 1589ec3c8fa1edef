#include "nvme/io_counters.h"

namespace outrigger::nvme {

void IoTotals::add(const IoQueueCounters& counters) noexcept {
  commands.add(counters.commands);
  writes_without_data += counters.writes_without_data.load(std::memory_order_relaxed);
  media_errors += counters.media_errors.load(std::memory_order_relaxed);
  errors += counters.errors.load(std::memory_order_relaxed);
}

void IoTotals::add(const IoTotals& others) noexcept {
  commands.add(others.commands);
  writes_without_data += others.writes_without_data;
  media_errors += others.media_errors;
  errors += others.errors;
}

}  // namespace outrigger::nvme
