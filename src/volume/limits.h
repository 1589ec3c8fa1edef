// The named limits of volume.
#pragma once

#include <cstdint>

namespace outrigger::volume {

// Data pages of one encrypting job: larger writes are done in several.
inline constexpr uint32_t crypto_job_pages_max = 64;
// Jobs of one request under way at the same time: one huge request leaves room for others.
inline constexpr uint32_t crypto_jobs_per_request_max = 4;
// What a channel encrypts of write-zeroes in one turn of its core: some 400 µs, and neighbours wait no longer.
inline constexpr uint64_t crypto_zeroes_bytes_per_turn_max = 4U << 20;
// Pages of its own that a channel falls back on when the core's pool is empty: a job's own page and one of data.
inline constexpr uint32_t crypto_reserve_pages = 2;

}  // namespace outrigger::volume
