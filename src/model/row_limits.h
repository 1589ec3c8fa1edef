// The named limits of rows that no client asked for, beside those in limits.h.
#pragma once

#include <cstdint>

namespace outrigger::model {

// The rest between two such rows: at least, and at most, for one that took long.
inline constexpr uint64_t row_rest_ns_min = 100'000;
inline constexpr uint64_t row_rest_ns_max = 20'000'000;

}  // namespace outrigger::model
