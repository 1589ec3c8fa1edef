// BurstResources: what a burst works on: the tables, action profiles and arrays of `pipeline` that a program's tables
// and externs are at run time. All of it lives longer than the engine that is given it.
#pragma once

#include <map>
#include <vector>

#include "p4_ir/program.h"
#include "pipeline/action_profile.h"
#include "pipeline/counter_array.h"
#include "pipeline/meter_array.h"
#include "pipeline/register_array.h"

namespace outrigger::p4_native {

struct BurstResources {
  std::vector<const pipeline::TableAbi*> tables;                            // by the table's number
  std::map<p4_ir::ExternId, const pipeline::ActionProfile*> profiles = {};  // and action selectors
  std::map<p4_ir::ExternId, pipeline::CounterArray*> counters = {};         // indirect and direct ones
  std::map<p4_ir::ExternId, pipeline::MeterArray*> meters = {};             // indirect and direct ones
  std::map<p4_ir::ExternId, pipeline::RegisterArray*> registers = {};
  pipeline::RegisterArray* port_cells = nullptr;  // the shape's port_class; none: all 0
  uint32_t thread = 0;                            // whose shard of the counters this is (Quiescence::join())
  uint64_t seed = 1;                              // of the random numbers that the program asks for
};

}  // namespace outrigger::p4_native
