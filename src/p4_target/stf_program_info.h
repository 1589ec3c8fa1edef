// stf_program_info.h: what scripts may name of a program, by the same numbers as the program's.
#pragma once

#include "p4_ir/program.h"
#include "pipeline/register_array.h"
#include "stf/program_info.h"

namespace outrigger::p4_target {

// ProgramInfo, and where its lists come from.
struct StfNames {
  stf::ProgramInfo info;
  // An action of ProgramInfo is one table's: the tables' actions lie one behind the other.
  std::vector<uint32_t> first_action;  // by table
  std::vector<p4_ir::ExternId> counters;
  std::vector<pipeline::RegisterArray*> registers;
  std::vector<p4_ir::ExternId> meters;
};

class Target;
[[nodiscard]] StfNames stf_names(Target& target);

}  // namespace outrigger::p4_target
