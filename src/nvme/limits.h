// The named limits of nvme.
#pragma once

#include <cstdint>

namespace outrigger::nvme {

// Namespace identifiers of a subsystem are 1 … this, unless it is made with another.
inline constexpr uint32_t subsystem_nsid_max = 1024;
// Most data of one command (MDTS): 1 MiB.
inline constexpr uint32_t mdts_bytes = 1U << 20;
// I/O queues of one controller, and entries of one queue (CAP.MQES + 1).
inline constexpr uint16_t io_queues_max = 128;
inline constexpr uint16_t queue_entries_max = 1024;
inline constexpr uint16_t admin_queue_entries_max = 128;
// Controllers of one subsystem at a time.
inline constexpr uint16_t controllers_max = 4096;
// Asynchronous event requests outstanding at a time (AERL + 1).
inline constexpr uint32_t async_events_max = 8;
// Bytes that the step-by-step commands of one queue move in one turn of its core, and in one step.
inline constexpr uint32_t turn_bytes_max = 4U << 20;
inline constexpr uint32_t step_bytes_max = 64U << 10;
// Ranges of one Copy (MSRC + 1) and of one Dataset Management command.
inline constexpr uint32_t copy_ranges_max = 128;
inline constexpr uint32_t dataset_ranges_max = 256;
// Entries of the error information log (ELPE + 1).
inline constexpr uint32_t error_log_entries = 64;
// Namespaces that the changed namespace list names before it says "too many" (1024 by the specification).
inline constexpr uint32_t changed_namespaces_max = 1024;
// Keep alive granularity (KAS, 100 ms units) and the longest and the default time-outs.
inline constexpr uint16_t keep_alive_granularity_100ms = 10;
inline constexpr uint32_t keep_alive_ms_max = 3'600'000;
inline constexpr uint32_t keep_alive_ms_discovery = 120'000;

}  // namespace outrigger::nvme
