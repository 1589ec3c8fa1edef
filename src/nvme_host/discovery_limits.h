// The named limits of discovery, beside those in limits.h.
#pragma once

#include <cstdint>

namespace outrigger::nvme_host {

// Between two readings of one log, whatever its controller tells of changes.
inline constexpr uint64_t discovery_read_pause_ns = 200'000'000;

}  // namespace outrigger::nvme_host
