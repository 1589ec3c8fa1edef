// The named limits of nvme.
#pragma once

#include <cstddef>
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
// Data of a host that come inside a command capsule (IOCCSZ; of the admin queue as of the others).
inline constexpr uint32_t in_capsule_bytes_max = 8192;
// CAP.TO and CRTO: how long a host waits for a controller to become ready or to stop.
inline constexpr uint32_t ready_timeout_ms = 10'000;
// How long the association of a controller that is not enabled is kept (Base 2.0, 3.6.2: at least two minutes).
inline constexpr uint32_t association_ms_max = 120'000;
// ANA group identifiers of a subsystem are 1 … this; ANATT, the longest that a group is in the state Change, after
// which it is Inaccessible.
inline constexpr uint32_t ana_groups_max = 128;
inline constexpr uint8_t ana_transition_seconds_max = 10;
// Abort commands at work at a time (ACL + 1).
inline constexpr uint32_t aborts_max = 4;
// Ports of a subsystem.
inline constexpr uint32_t ports_max = 64;
// Hosts that a subsystem or a namespace names, and referrals.
inline constexpr uint32_t hosts_max = 4096;
inline constexpr uint32_t referrals_max = 64;
// Discovery controllers at a time: of all hosts, and of one address. A host that stays connected has one at each port.
// When there are no more, the oldest of who has most goes for a newcomer; of those, so many may not have gone yet.
inline constexpr uint16_t discovery_controllers_max = 1024;
inline constexpr uint16_t discovery_controllers_per_peer_max = 128;
inline constexpr uint16_t discovery_controllers_displaced_max = 64;
// Discovery logs that are kept as they were told, since hosts read them in pieces: in number, and bytes beside the
// last.
inline constexpr size_t discovery_logs_kept_max = 8;
inline constexpr size_t discovery_log_bytes_kept_max = 16U << 20;
// Controllers of one subsystem at a time.
inline constexpr uint16_t controllers_max = 4096;
// From when on it is worth a line in the log that a host has to wait for the end of its former association.
inline constexpr uint64_t orphans_told_ms = 1'000;
// A host whose association is over, but not all of its commands, is not let in again for so long (decision 0015): more
// than an answer of a remote target's controller and a hold of decision 0012 take. And never while so many of its
// associations have commands left.
inline constexpr uint64_t orphans_ms_max = 120'000;
inline constexpr uint32_t orphaned_controllers_per_host_max = 4;
// The write of a Compare and Write that is done step by step, and of which a part is done, may go on for so long when
// its host has gone: more than an answer of a remote target's controller and a hold take, and less than the end of a
// withdrawal is waited for.
inline constexpr uint64_t pair_write_ms_max = 60'000;
// Asynchronous event requests outstanding at a time (AERL + 1).
inline constexpr uint32_t async_events_max = 8;
// Bytes that the step-by-step commands of one queue move in one turn of its core, and in one step.
inline constexpr uint32_t turn_bytes_max = 4U << 20;
inline constexpr uint32_t step_bytes_max = 64U << 10;
// What a step counts at least: there is work in small ones, too.
inline constexpr uint32_t step_bytes_min = 4096;
// Bytes of one discard or write-zeroes at the block seam. More than a turn's share, because devices make most of it
// cheap: a turn that did one does little else.
inline constexpr uint32_t range_piece_bytes_max = 16U << 20;
// Bytes of one copy at the block seam, and of one write-zeroes that costs as much as a write.
inline constexpr uint32_t copy_piece_bytes_max = 1U << 20;
// Step-by-step commands of one queue that have memory of their own at a time; the others wait.
inline constexpr uint32_t step_memories_max = 4;
// Pieces of memory in one step; with what the transport lends, enough for a whole block in pieces of 1 KiB.
inline constexpr uint32_t step_pieces_max = 65;
// Pieces of memory of a fused Compare and Write, both halves together: MDTS twice in pieces of 4 KiB.
inline constexpr uint32_t fused_pieces_max = 2 * (mdts_bytes / 4096 + 1);
// Logical blocks of one source range (MSSRL) and of all of a Copy (MCL).
inline constexpr uint16_t copy_range_blocks_max = 32768;
inline constexpr uint32_t copy_blocks_max = 131072;
// Ranges of one Copy (MSRC + 1) and of one Dataset Management command.
inline constexpr uint32_t copy_ranges_max = 128;
inline constexpr uint32_t dataset_ranges_max = 256;
// Hosts that may register with one namespace for reservations: as many as controllers.
inline constexpr uint32_t reservation_registrants_max = 4096;
// Reservation commands of one controller, and for one namespace, that wait for their turn or for the end of their turn;
// and how many of a namespace take one turn together: they are stored and made known to all queues at once.
inline constexpr uint32_t reservations_per_controller_max = 64;
inline constexpr size_t reservations_waiting_max = 4096;
inline constexpr size_t reservations_per_turn_max = 16;
// Reservation notices that wait for a controller's host.
inline constexpr uint32_t reservation_notices_max = 256;
// Entries of the error information log (ELPE + 1).
inline constexpr uint32_t error_log_entries = 64;
// What SMART tells is kept this often while something happens, and this often while nothing does.
inline constexpr uint64_t health_save_ms = 60'000;
inline constexpr uint64_t health_idle_save_ms = 3'600'000;
// How long a right that is taken away waits for what was let through before: longer than a host is kept that takes no
// answers, so that none can keep what it has.
inline constexpr uint64_t withdrawal_ms_max = 90'000;
static_assert(pair_write_ms_max < withdrawal_ms_max && pair_write_ms_max < orphans_ms_max);
// Namespaces that the changed namespace list names before it says "too many" (1024 by the specification).
inline constexpr uint32_t changed_namespaces_max = 1024;
// An authentication that was begun on a queue is finished within this.
inline constexpr uint32_t authentication_ms_max = 60'000;
// What authentications compute takes the control reactor one part of its time, and leaves it this many.
inline constexpr uint64_t authentication_rest_factor = 3;
// Hosts, subsystems and versions for which the TLS PSKs of one configured PSK are kept: one host has two versions, for
// its subsystem and for discovery.
inline constexpr size_t derived_psks_max = 8;
// Messages of authentications that wait for their turn: one of each queue of some hundred hosts that come at once.
inline constexpr size_t authentications_waiting_max = 16'384;
// PSKs that hosts made with secure channel concatenation: of one host and subsystem, and of all. Each path makes one,
// and another when it comes back, while the one before may still be in use: twice as many as there are paths (at most
// 15 of ours), and a few more.
inline constexpr int64_t generated_psks_per_host_max = 32;
inline constexpr size_t generated_psks_max = 4096;
// Keep alive granularity (KAS, 100 ms units) and the longest and the default time-outs.
inline constexpr uint16_t keep_alive_granularity_100ms = 10;
inline constexpr uint32_t keep_alive_ms_max = 3'600'000;
inline constexpr uint32_t keep_alive_ms_discovery = 120'000;
// Between two namespaces whose reservations are stored for one command: the control reactor's other work.
inline constexpr uint64_t reservation_persistence_pause_ns = 1'000'000;

}  // namespace outrigger::nvme
