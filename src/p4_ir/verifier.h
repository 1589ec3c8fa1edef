// Checks that a lowered program keeps its own rules: indices, widths, where statements may stand, no recursion. Run
// between passes in tests and under `--dump`; what it finds is a bug of ours.
#pragma once

#include <string>
#include <vector>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// One sentence for each rule that is broken; empty when all hold. Bounded.
std::vector<std::string> verify(const Program& program);

}  // namespace outrigger::p4_ir
