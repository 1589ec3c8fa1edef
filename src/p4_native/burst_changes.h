// Which variables anything else than the extract of their header sets, anywhere in a program: what nothing sets need
// not be written back where it was read. Inside the room only.
#pragma once

#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

// By the variable's number.
std::vector<bool> find_changed_variables(const p4_ir::Program& program, const BurstShape& shape);

}  // namespace outrigger::p4_native
