// limits.h: what one packet may cause and what one run keeps, so that no program spins or grows without limit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::p4_target {

// Runs of ingress and egress that one arriving packet may cause: clones, replicas, resubmitted and recirculated packets
// together. BMv2 has no limit and goes on for ever.
inline constexpr uint32_t runs_max = 1U << 14;
// Packets that wait for a run.
inline constexpr size_t waiting_max = 1U << 14;
// Bytes of one packet; a program that makes a longer one has it dropped.
inline constexpr size_t packet_bytes_max = size_t{256} << 10U;
// Packets that have left and that nobody has taken; more are dropped.
inline constexpr size_t outputs_max = 1'000'000;
// What log_msg, assert and the target itself have to say.
inline constexpr size_t log_lines_max = 10'000;
inline constexpr size_t log_line_bytes_max = 4096;
// Failed assertions whose texts nobody has taken.
inline constexpr size_t assertions_kept_max = 100;
// Digest messages of one type that the control plane has not taken.
inline constexpr uint32_t digest_messages_waiting_max = 1024;
// Patterns in one value set of a parser.
inline constexpr size_t value_set_members_max = 65'536;

}  // namespace outrigger::p4_target
