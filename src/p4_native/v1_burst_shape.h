// How V1Switch (v1model's architecture, as BMv2's simple_switch has it) runs a program in bursts: unicast and drop,
// with checksums, hashes, counters, meters and registers. Clones, multicast, resubmission, digests and all else make a
// packet slow.
#pragma once

#include <optional>

#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

// nullopt: the program is of another architecture. Points into the program.
std::optional<BurstShape> v1_burst_shape(const p4_ir::Program& program);

}  // namespace outrigger::p4_native
