// variable_reads.h: which variables a program looks at.
#pragma once

#include <vector>

#include "p4_ir/program.h"

namespace outrigger::p4_target {

// By the number of the variable: some expression of a procedure or parser reads it. A copy into another variable
// counts, whether anybody looks at that one or not.
[[nodiscard]] std::vector<bool> variables_read(const p4_ir::Program& program);

}  // namespace outrigger::p4_target
