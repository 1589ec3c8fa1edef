// The named limits of backend.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::backend {

// Tries of one operation that the kernel refuses for the moment (EAGAIN, EINTR), ring_retry_ns apart at most.
inline constexpr uint32_t file_attempts_max = 1000;
// Bytes that are read or written inside submit() from memory that the kernel has at hand; larger ones go through
// io_uring, so that they do not keep the core from its other work.
inline constexpr size_t file_inline_bytes_max = 256 << 10;
// Elements of scattered memory that one system call takes (UIO_MAXIOV).
inline constexpr uint32_t file_iov_count_max = 1024;
// Zeroes written at a time where the file system cannot write zeroes by itself.
inline constexpr size_t file_zeroes_bytes = 1 << 20;
// Data pages of one bounce, for memory that is not aligned for direct I/O.
inline constexpr uint32_t bounce_pages_max = 64;
// Pages of its own that a channel bounces through when the core's pool is empty.
inline constexpr uint32_t bounce_reserve_pages = 2;
// How long a request waits for room in the ring before it looks again.
inline constexpr uint64_t ring_retry_ns = 20'000;
// A lock that is held when a file is opened is tried again after this long, until FileOptions::lock_wait_ms is over.
inline constexpr uint32_t lock_retry_ms = 10;

}  // namespace outrigger::backend
