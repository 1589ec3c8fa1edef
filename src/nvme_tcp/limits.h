// The named limits of nvme_tcp: what one host can make us hold, wait for or do stops at one of these.
#pragma once

#include "nvme/limits.h"

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_tcp {

// A connection must have sent ICReq and Connect, and got in, this long after it was accepted; and, where it must
// authenticate, be ready so long after that.
inline constexpr uint64_t setup_ns_max = 10'000'000'000;
inline constexpr uint64_t authentication_ns_max = 60'000'000'000;
// A PDU that has begun, data that an R2T asked for, and bytes that the host shall take must come (or go) on within
// this: all that is owed, or this much of it where it is more (17 KiB a second: Linux gives a command up after 30 s).
inline constexpr uint64_t stall_ns_max = 30'000'000'000;
inline constexpr uint64_t progress_bytes_min = 512U << 10;
static_assert(nvme::withdrawal_ms_max * 1'000'000 > 2 * stall_ns_max, "looked at once in stall_ns_max");
// How long a host that made a fatal error may take to close after our C2HTermReq (TCP Transport 1.0, 3.5.3).
inline constexpr uint64_t farewell_ns_max = 2'000'000'000;
// A Connect that something is in the way of which is coming to its end (the host's association before this one) waits
// for it so long before the host is told to come again; how long it pauses before it looks again: at first, and, twice
// as long each time, at most. What is short is seen soon, and thousands that wait for what is not cost little.
inline constexpr uint64_t connect_patience_ns = 2'000'000'000;
inline constexpr uint64_t connect_recheck_ns_min = 5'000'000;
inline constexpr uint64_t connect_recheck_ns_max = 100'000'000;
// Connections of one target; of one address, more than a host with 128 cores needs for fifteen controllers here; and
// those of one address that are not ready yet.
inline constexpr uint32_t connections_max = 8192;
inline constexpr uint32_t connections_per_peer_max = 2048;
inline constexpr uint32_t unready_per_peer_max = 128;
// Connections of one address that have ended but for commands that are with a device: so many count only for the
// target as a whole, since a host that is let in again needs as many as it had.
inline constexpr uint32_t ending_per_peer_max = 1024;
// Connections that a full target has sent away for newcomers and that are not gone yet: it has so many too many.
inline constexpr uint32_t displaced_max = 64;
// A host that vanished without a word: TCP asks after so much silence, and then so often; who neither answers nor takes
// what was sent is gone after this.
inline constexpr int tcp_keep_idle_s = 60;
inline constexpr int tcp_keep_interval_s = 10;
inline constexpr int tcp_keep_probes = 6;
inline constexpr unsigned tcp_user_timeout_ms = 120'000;
// What a connection is counted to take in memory, beside its queue's slots: a segment, TLS both ways, what a queue has
// for commands that are done step by step. All connections of a daemon together may have a part of the machine's memory
// unless it is told otherwise, and one network a part of that: 1 / these; of a target for itself so many bytes.
inline constexpr uint64_t connection_bytes = 256U << 10;
inline constexpr uint64_t memory_bytes_max = 4ULL << 30;
inline constexpr uint64_t machine_memory_divisor = 4;
inline constexpr uint64_t memory_share_divisor = 4;
// Discovery controllers, which anybody may have, are as many as take this part of it (1 / this) by connection_bytes
// alone: with the largest queues half.
inline constexpr uint64_t discovery_memory_divisor = 4;
// Descriptors of the process that are not for connections of hosts: volumes, virtual machines, the API.
inline constexpr uint64_t descriptors_reserve = 4096;
// Connections accepted in one turn; the pause when there is no descriptor left, and when a stranger was sent away for
// one; the listening socket's queue.
inline constexpr uint32_t accepts_per_turn_max = 16;
inline constexpr uint64_t accept_pause_ns = 100'000'000;
inline constexpr uint64_t accept_retry_ns = 1'000'000;
inline constexpr int listen_backlog = 1024;

// What one read takes at most, and so what a connection gets done in one turn.
inline constexpr uint32_t segment_bytes = 128U << 10;
// Segments a connection may hold: commands at work pin the one that their data came in.
inline constexpr uint32_t segments_per_connection_max = 4;
// Segments of a core that connections borrow beyond the one that each has.
inline constexpr uint32_t segments_per_core = 64;
// Commands of one connection that are begun in one turn.
inline constexpr uint32_t commands_per_turn_max = 128;
// Commands that are prepared before the first of them is executed, so that their blocks can be fetched ahead.
inline constexpr uint32_t ready_batch_max = 64;
// After a command with in-capsule data did not end at once, so many are copied out of the segment before they begin.
inline constexpr uint32_t copies_after_delay = 64;

// In-capsule data of one command: what an admin queue has to take (TCP Transport 1.0, 3.3.1), and what IOCCSZ tells.
using nvme::in_capsule_bytes_max;
static_assert(in_capsule_bytes_max >= 8192);
// MAXH2CDATA: data of one H2CData PDU.
inline constexpr uint32_t maxh2cdata_bytes = 1U << 20;
// Data of one command, whatever its queue says.
inline constexpr uint32_t command_bytes_max = 1U << 20;

// Data buffers of a data core, and of the control reactor, where only admin commands are.
inline constexpr size_t data_pool_bytes = 48U << 20;
inline constexpr size_t control_pool_bytes = 16U << 20;
// Most buffers of either size that one network (an IPv4 address, 64 bits of an IPv6 address) may hold, as a part of
// those that are free: 1 / this, so that sixteen that hold on to theirs leave a thirtieth; for admin queues, and for
// whatever is not ready yet, a smaller one: any stranger may have a discovery controller.
inline constexpr uint32_t pool_share_divisor = 4;
inline constexpr uint32_t control_share_divisor = 8;
// Of what its network may still have, one connection may hold so many times as much: two thirds of it all when alone.
inline constexpr uint32_t connection_share_factor = 2;
// Buffers of either size that a network may hold whatever its share is, as long as there are any: 256 KiB of large
// ones.
inline constexpr uint32_t modest_buffers = 4;
// A network that holds nothing has its first command even when that is more than its share, and one connection at a
// time that holds nothing beside others of its network, as long as they leave this part of the large buffers: 1 / this.
inline constexpr uint32_t first_floor_divisor = 16;
// Small buffers that only the first command of a connection gets: who needs a page goes on whatever others hold; and
// how many of them one network gets.
inline constexpr uint32_t reserve_buffers = 512;
inline constexpr uint32_t reserve_per_network_buffers = 64;

// Pieces and calls of one flush.
inline constexpr size_t send_pieces_max = 512;
inline constexpr uint32_t sends_per_turn_max = 8;
// What a host that is being dismissed sent is thrown away at this rate.
inline constexpr size_t discard_bytes_per_turn = 16U << 10;

// Connections of a core that are read without asking epoll, and how long after the last data.
inline constexpr uint32_t hot_connections_max = 64;
inline constexpr uint64_t hot_ns = 100'000;

// TLS: ciphertext that a connection takes at once, records that it sends with one call, and PSK identities of one
// ClientHello that are looked up.
inline constexpr size_t tls_receive_bytes = 64U << 10;
inline constexpr size_t tls_records_per_send = 4;
// What a connection holds of either direction until its handshake is done; more of what comes where one record is more.
inline constexpr size_t tls_handshake_bytes = 4096;
inline constexpr uint32_t tls_identities_max = 8;
// Records that one read opens at most; and of those that carry no data for us (key updates, tickets, empty ones), each
// of which costs key derivations: in one read, at once, and a second. A peer has few reasons to send any.
inline constexpr uint32_t tls_records_per_turn = 128;
inline constexpr uint32_t tls_silent_records_per_turn = 16;
inline constexpr uint32_t tls_silent_records_burst = 64;
inline constexpr uint32_t tls_silent_records_per_s = 1;

}  // namespace outrigger::nvme_tcp
