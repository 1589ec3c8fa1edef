// The named limits of volume.
#pragma once

#include <cstdint>

namespace outrigger::volume {

// Requests that a rate limit releases in one go before the core looks at its other work.
inline constexpr uint32_t qos_releases_per_turn_max = 64;
// A waiting request looks at the limits again after this long, so that a changed limit acts within it.
inline constexpr uint64_t qos_recheck_ns = 10'000'000;
// A request that would be due this much later at most goes at once when its queue stops. Later ones wait: a guest that
// stops its queues again and again gets no more than this ahead of its limit.
inline constexpr uint64_t qos_expedite_ns_max = 60'000'000'000;

// Data pages of one encrypting job: larger writes are done in several.
inline constexpr uint32_t crypto_job_pages_max = 64;
// Jobs of one request under way at the same time: one huge request leaves room for others.
inline constexpr uint32_t crypto_jobs_per_request_max = 4;
// What a channel encrypts of write-zeroes in one turn of its core: some 400 µs, and neighbours wait no longer.
inline constexpr uint64_t crypto_zeroes_bytes_per_turn_max = 4U << 20;
// Pages of its own that a channel falls back on when the core's pool is empty: a job's own page and one of data.
inline constexpr uint32_t crypto_reserve_pages = 2;

}  // namespace outrigger::volume
