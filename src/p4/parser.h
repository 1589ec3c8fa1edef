// The parser: tokens → syntax tree. Recursive descent with precedence climbing; knows the names of types while it
// reads, since the grammar (appendix "P4 grammar") needs them. Goes on after an error at the next `;` or `}`: many
// errors a run.
#pragma once

#include "p4/ast/program.h"
#include "p4/diagnostics.h"
#include "p4/source_text.h"

namespace outrigger::p4 {

// Appends to the program. Nesting is bounded by nesting_depth_max (limits.h). Faults are in the diagnostics; what could
// be read is in the program, each node complete (no null where its header does not say that there may be one).
void parse(const SourceText& source, Program& program, Diagnostics& diagnostics);

}  // namespace outrigger::p4
