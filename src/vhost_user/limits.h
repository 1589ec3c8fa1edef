// The named limits of vhost_user: what one front end can make us hold, wait for or do stops at one of these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::vhost_user {

// Payload of one message. The largest that we understand is SET_MEM_TABLE with eight regions (264 bytes) and
// GET_CONFIG with 256 bytes of configuration (268).
inline constexpr size_t payload_bytes_max = 512;
// Descriptors that one message may carry: one for each of the eight regions of SET_MEM_TABLE.
inline constexpr size_t fds_per_message_max = 8;
// Descriptors that one receive call takes over, so that a message with too many is seen and they are all
// closed.
inline constexpr size_t fds_per_receive_max = 32;
// Regions of SET_MEM_TABLE (vhost-user, "Multiple Memory regions description").
inline constexpr size_t table_regions_max = 8;
// Regions with CONFIGURE_MEM_SLOTS; also what GuestMemory takes.
inline constexpr uint64_t memory_slots_max = 64;
// Configuration space of one GET_CONFIG or SET_CONFIG (VHOST_USER_MAX_CONFIG_SIZE of QEMU).
inline constexpr uint32_t config_bytes_max = 256;
// Messages handled one after another before the reactor gets its turn, so that a flood delays nobody else.
inline constexpr uint32_t messages_per_turn_max = 16;
// A message that has begun must be complete after this long.
inline constexpr uint64_t half_message_timeout_ns = 5'000'000'000;
// A reply that the front end does not take for this long ends the session.
inline constexpr uint64_t reply_timeout_ns = 10'000'000'000;
// A request of ours that the front end does not answer for this long ends its channel.
inline constexpr uint64_t backend_reply_timeout_ns = 10'000'000'000;
// Guest physical memory covered by a dirty log, at one bit a page: 64 TiB.
inline constexpr uint64_t dirty_log_bytes_max = 2ULL << 30;
// Address space that one front end may make us map: 4 TiB, and all of them: 64 of the 128 TiB that a process has.
inline constexpr uint64_t session_bytes_max = 4ULL << 40;
inline constexpr uint64_t process_bytes_max = 64ULL << 40;
// Mapped bytes of one memory region.
inline constexpr uint64_t region_bytes_max = session_bytes_max;
// Shared in-flight region: 1024 queues of 32768 packed descriptors fit.
inline constexpr uint64_t inflight_bytes_max = 1ULL << 31;
// Ranges of guest memory watched for SIGBUS in the whole process.
inline constexpr size_t guarded_ranges_max = 16384;
// Pages of one range replaced one by one before the rest of the range is replaced as a whole.
inline constexpr uint32_t guarded_pages_max = 64;
// Connector: pause before the first retry, and the longest one; it doubles in between.
inline constexpr uint64_t reconnect_pause_ns_min = 100'000'000;
inline constexpr uint64_t reconnect_pause_ns_max = 5'000'000'000;
// Without a free descriptor nothing can be accepted: the listener looks again after this long.
inline constexpr uint64_t accept_pause_ns = 1'000'000'000;
// Connections waiting at a listening socket.
inline constexpr int listen_backlog = 4;

}  // namespace outrigger::vhost_user
