// Warnings of variables that are read, and of `out` parameters that are left, before anything is written to them
// (P4-16 §8.27).
//
// Of numbers, bool, enums and errors only, and only where no write comes earlier in the text: what is written in one
// branch counts for what follows, and what a loop writes for all of it. So there is hardly a false alarm, and not every
// fault is found. Rules: uninitialized_use and uninitialized_out_param.
#pragma once

#include "p4/ast/program.h"
#include "p4/diagnostics.h"

namespace outrigger::p4 {

// `program` has been checked, without errors.
void warn_of_first_reads(const Program& program, Diagnostics& diagnostics);

}  // namespace outrigger::p4
