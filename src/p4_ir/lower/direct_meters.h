// v1model's direct meters: their tables' hits write the color, whichever action runs.
#pragma once

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// On BMv2 a direct meter has one target, which the program's calls of `read` name, and each hit of its table writes it
// before the action runs; a miss leaves it alone. Here each action of such a table begins with a `read` if it has none
// of its own, and all of them take what the target was along, for the host to give it back at a miss.
void read_direct_meters(Program& program);

}  // namespace outrigger::p4_ir
