// The named limits of remote controllers and their namespaces.
#pragma once

#include <cstdint>

namespace outrigger::nvme_host {

// Paths of one remote controller at a time: one bit of a word for each.
inline constexpr uint32_t paths_max = 16;
// Namespaces of one remote controller that are or were there and have not been let go of.
inline constexpr uint32_t remote_namespaces_max = 1024;
// Requests of one channel that are under way at a time; more wait in their own memory, which bounds them.
inline constexpr uint32_t channel_slots_default = 256;
inline constexpr uint32_t channel_slots_max = 4096;
// Compare-and-write pairs of one channel at a time, and pieces of memory of one of them.
inline constexpr uint32_t pairs_max = 4;
inline constexpr uint32_t pair_iov_max = 264;
// Blocks of one command: NLB is a 16 bits, 0's based field (NVM Command Set 1.0).
inline constexpr uint32_t command_blocks_max = 65536;
// Blocks of one range of Dataset Management: 32 bits allow more, but a target may do all of it in one go.
inline constexpr uint32_t discard_blocks_default = 1U << 23U;
// What a device says it takes in one request when no controller sets a smaller limit.
inline constexpr uint32_t transfer_bytes_default = 1U << 20U;

// Times that a request is sent again after an error that is not its path's.
inline constexpr uint32_t retries_default = 5;
// Before such a try: this long, doubled every time; or what the controller asks for by an index into its Command Retry
// Delay Times, but no longer than the second.
inline constexpr uint64_t retry_delay_ns = 10'000'000;
inline constexpr uint64_t command_retry_delay_ns_max = 10'000'000'000;
// A path whose controller answered with a path related status is left alone for so long, unless control says more.
inline constexpr uint64_t path_avoid_ns = 100'000'000;
// How often a request that waits for a path, or for room on one, looks again when nobody wakes it.
inline constexpr uint64_t no_path_recheck_ns = 100'000'000;
inline constexpr uint64_t full_recheck_ns = 1'000'000;
// Keep alive time-outs after which a controller that heard nothing of us has ended its association (decision 0012), and
// what is assumed where keep alive is off.
inline constexpr uint32_t hold_keep_alives = 2;
inline constexpr uint32_t hold_ms_without_keep_alive = 10'000;
// How long remove_path() waits for the commands in flight before it ends the path under them, and how often it looks.
inline constexpr uint64_t remove_drain_ns_max = 2'000'000'000;
inline constexpr uint64_t remove_drain_look_ns = 10'000'000;
// Every so many choices by latency go round robin, so that a path that was slow once is measured again.
inline constexpr uint32_t latency_probe_interval = 128;
// One in so many goes to paths that were not measured yet while another one was, as long as they have no more than so
// many commands in flight: what they are worth is not known.
inline constexpr uint32_t latency_measure_interval = 8;
inline constexpr uint32_t latency_measure_in_flight_max = 4;
// Weight of a new sample in a path's mean latency: 1/8.
inline constexpr uint32_t latency_weight_bits = 3;

}  // namespace outrigger::nvme_host
