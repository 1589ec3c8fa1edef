// How much a lowered program may do for one packet: where procedures call others twice, and those others twice, a few
// lines take for ever; where they call one another in a long row, an engine's stack ends.
#pragma once

#include <cstdint>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

struct Unfolded {
  uint64_t statements = 0;  // with each call replaced by what it calls; loops and parser states once
  uint32_t depth = 0;       // statements and calls inside one another
};

// Of the block that has most. Neither goes above its limit by more than one step.
Unfolded unfolded(const Program& program);

// A statement takes some nanoseconds: at most a tenth of a second for a packet, without loops.
inline constexpr uint64_t unfolded_statements_max = 1U << 24U;
// What the smallest stack of a thread that runs an engine (8 MiB) holds.
inline constexpr uint32_t unfolded_depth_max = 1536;

}  // namespace outrigger::p4_ir
