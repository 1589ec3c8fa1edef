// The named limits of nvme_host: what a hostile or broken target can make us hold, wait for or do stops at one of
// these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::nvme_host {

// -- a connection
// Entries of an I/O queue (Connect's SQSIZE + 1), and of an admin queue: as many as Linux asks for.
inline constexpr uint32_t queue_entries_min = 2;
inline constexpr uint32_t queue_entries_max = 1024;
inline constexpr uint32_t admin_queue_entries = 32;
// What one receive takes besides data that go straight to where they belong.
inline constexpr uint32_t receive_bytes = 128U << 10;
inline constexpr uint32_t admin_receive_bytes = 16U << 10;
// Receives of one turn, while each gave all that was asked for.
inline constexpr uint32_t receives_per_turn_max = 4;
// Pieces of a command's memory that one receive fills.
inline constexpr size_t receive_pieces_max = 64;
// Turns without any data after which a queue with commands in flight is looked at less often, and how often then.
inline constexpr uint32_t quiet_turns_max = 64;
inline constexpr uint32_t quiet_turns_per_receive = 4;
// Headers and pieces of memory that wait to be sent; more waits in its command.
inline constexpr uint32_t outbox_header_bytes = 32U << 10;
inline constexpr size_t outbox_pieces_max = 1024;  // IOV_MAX of sendmsg
// Nothing more is put into the outbox while it holds so many bytes.
inline constexpr uint64_t outbox_bytes_max = 2U << 20;
// Pieces of one H2CData PDU, and of in-capsule data; memory in more pieces goes in more PDUs, or by R2T.
inline constexpr size_t h2cdata_pieces_max = 256;
inline constexpr size_t in_capsule_pieces_max = 64;
// In-capsule data of an admin or Fabrics command (TCP Transport 1.0, 3.3.1: every controller takes so much).
inline constexpr uint32_t admin_in_capsule_bytes = 8192;
// The smallest MAXH2CDATA that a controller may name (3.6.2.3).
inline constexpr uint32_t maxh2cdata_bytes_min = 4096;

// -- a path
// Asynchronous event requests outstanding at a time.
inline constexpr uint32_t async_events_max = 4;
// Events that are heard in one second; a target that tells more is heard again in the next one.
inline constexpr uint32_t events_per_second_max = 64;
// Between two readings of a controller's error information log. It tells of no other error before it was read, so that
// what fails all the time is no event all the time.
inline constexpr uint64_t error_log_pause_ns = 1'000'000'000;
// Times that it is read again in a row where that fails.
inline constexpr uint32_t error_log_retries_max = 10;
// Namespaces that a path looks at; a target that shows more is told of in the log.
inline constexpr uint32_t namespaces_max = 4096;
// Times that one look at the namespaces asks again for what the controller could not say at that moment, and the pause
// before each.
inline constexpr uint32_t scan_retries_max = 10;
inline constexpr uint64_t scan_retry_pause_ns = 100'000'000;
// Bytes of an ANA log page: the groups and namespaces of the largest subsystem that we understand.
inline constexpr uint32_t ana_log_bytes_max = 1U << 20;
// Bytes that one log page command asks for, unless the controller's limit is lower: not all targets know offsets into
// a log page, so that a page is better read at once.
inline constexpr uint32_t log_step_bytes_max = 1U << 20;
// Reads of one log page that changed while it was read, one after the other.
inline constexpr uint32_t log_tries_max = 5;
// The longest that a controller may take to become ready, whatever CRTO says (up to nine hours), the pause between two
// looks, and how long a shutdown may take.
inline constexpr uint64_t ready_ns_max = 600'000'000'000;
inline constexpr uint64_t ready_poll_ns = 20'000'000;
inline constexpr uint64_t shutdown_ns_max = 2'000'000'000;
// A controller that refuses us for good is asked again, but not more often than this.
inline constexpr uint32_t refused_delay_ms = 10'000;
// And one that our keys do not suit, or that has not the right ones: each try costs both sides a key exchange, and only
// a person can mend it, who then resets the path or gives it other keys, or mends it at the target.
inline constexpr uint32_t denied_delay_ms = 60'000;

// How often a command of another core that found a shared queue full looks again, when no answer wakes it.
inline constexpr uint64_t share_recheck_ns = 1'000'000;

// -- authentication
// Messages of one transaction: AUTH_Negotiate, Challenge, Reply, Success1, Success2; a failure in place of one.
inline constexpr uint32_t authentication_messages_max = 5;
// Of the control reactor's time, key exchanges have one part in so many; how long one waits for its turn, and how often
// it looks.
inline constexpr uint64_t key_exchange_share = 4;
inline constexpr uint64_t key_exchange_wait_ns_max = 4'000'000'000;
inline constexpr uint64_t key_exchange_poll_ns = 5'000'000;
// The shortest interval between two authentications of one admin queue.
inline constexpr uint64_t reauthenticate_ns_min = 10'000'000'000;

// -- discovery
inline constexpr uint32_t discovery_records_max = 4096;

}  // namespace outrigger::nvme_host
