// What of a program's variables an architecture can see. Passes keep these as they are at the end of each block, and
// whenever the host is asked; all others are the program's own.
//
// They are: the parameters of blocks, fields and validities; what `resubmit`, `recirculate` and `clone` keep; why the
// parser rejected; and `exited`. Of a program that has a block without parameters everything is seen: such are written
// by hand, and say nothing about it.
#pragma once

#include <vector>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// By VariableId.
std::vector<bool> observed_variables(const Program& program);

}  // namespace outrigger::p4_ir
