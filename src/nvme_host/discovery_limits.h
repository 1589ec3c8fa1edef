// The named limits of discovery, beside those in limits.h.
#pragma once

#include <cstdint>

namespace outrigger::nvme_host {

// Between two readings of one log, whatever its controller tells of changes.
inline constexpr uint64_t discovery_read_pause_ns = 200'000'000;
// For one reading of a log by who follows it, however slowly its controller answers and however often the log changes.
inline constexpr uint64_t discovery_reading_ns_max = 15'000'000'000;

}  // namespace outrigger::nvme_host
