// run_limits.h: what `outrigger p4 run` and `bench` take and keep, so that no capture makes them grow or go on for
// ever.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::p4_cli {

// One packet of a capture, as it stands in the file. Captures with segmentation offload have packets of up to 64 KiB.
inline constexpr uint32_t captured_bytes_max = 65'536;
// What the heads of captures that we write promise; what programs make is no longer. Readers take no more.
inline constexpr uint32_t snap_length = 262'144;
// Files that are open together.
inline constexpr size_t inputs_max = 256;
inline constexpr size_t outputs_max = 256;
// Interfaces of one section of a pcapng file, read or written.
inline constexpr size_t interfaces_max = 4096;
// A block of pcapng that holds neither packet nor interface is skipped up to this size.
inline constexpr uint32_t block_bytes_max = 64U << 20U;
// Options of an interface; they hold names and filters.
inline constexpr uint32_t interface_block_bytes_max = 1U << 20U;
// Ports that the summary tells apart.
inline constexpr size_t ports_counted_max = 1024;
// Lines of log_msg and the like that are shown.
inline constexpr uint64_t log_lines_shown_max = 1000;
// Time stamps behind 2106 are the end of 2105: classic pcap has 32 bits of seconds.
inline constexpr uint64_t time_ns_max = uint64_t{0xffff'ffff} * 1'000'000'000;
// What `bench` holds in memory: packets, and bytes with the room in front of each.
inline constexpr size_t bench_packets_max = 65'536;
inline constexpr size_t bench_bytes_max = size_t{64} << 20U;
inline constexpr double bench_seconds_max = 3600;

}  // namespace outrigger::p4_cli
