// How V1Switch (v1model's architecture, as BMv2's simple_switch has it) runs a program in bursts: unicast and drop,
// with checksums, hashes, counters, meters and registers. Clones, multicast, resubmission, digests and all else make a
// packet slow.
#pragma once

#include <optional>

#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

// nullopt: the program is of another architecture. Points into the program.
std::optional<BurstShape> v1_burst_shape(const p4_ir::Program& program);

// v1model's externs that bursts know, with hashes by the program's HashAlgorithm: what that shape has of them.
void add_v1_externs(const p4_ir::Program& program, BurstShape& into);

}  // namespace outrigger::p4_native
