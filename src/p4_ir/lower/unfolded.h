// How much a lowered program may do for one packet: where procedures call others twice, and those others twice, a few
// lines take for ever; where they call one another in a long row, an engine's stack ends.
#pragma once

#include <cstdint>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

struct Unfolded {
  uint64_t statements = 0;        // with each call replaced by what it calls; loops and parser states once
  uint64_t work = 0;              // the same with their expressions, wide ones for more: some tens of nanoseconds each
  uint32_t depth = 0;             // statements and calls inside one another
  uint32_t expression_depth = 0;  // expressions inside one another
};

// Of the block that has most; no number goes above its limit by more than one step. Sets what a turn of each loop and
// a step into each parser state counts for.
Unfolded unfold(Program& program);

// A statement takes some nanoseconds: at most a tenth of a second for a packet, without loops.
inline constexpr uint64_t unfolded_statements_max = 1U << 24U;
// Some seconds of the interpreter.
inline constexpr uint64_t unfolded_work_max = 1U << 27U;
// Work that one turn of a loop and one step of a parser may do; with more they count for more. All turns, or all steps,
// of a packet together take a second or two of the interpreter.
inline constexpr uint64_t turn_work = 32;
inline constexpr uint64_t step_work = 512;
// What the smallest stack of a thread that runs an engine (8 MiB) holds.
inline constexpr uint32_t unfolded_depth_max = 1536;
// The same for what evaluates or prints an expression.
inline constexpr uint32_t expression_depth_max = 5000;

}  // namespace outrigger::p4_ir
