// A checked program through all that comes after: P4Info, lowering, passes, both engines, targets with bursts.
#pragma once

#include <cstdint>
#include <string>

#include "p4/front.h"

namespace outrigger::p4_robustness {

// How far a program came.
enum class Reached : uint8_t { Refused, Lowered, Native, Target, Bursts };

// Empty, or what went wrong that is a fault of ours: an error that is internal, a broken rule of the lowered program,
// engines that differ. A program that the lowering, native code or an architecture refuses is none.
std::string fault_of_compiled(p4::Compilation& compilation, uint64_t seed, Reached* reached = nullptr);

}  // namespace outrigger::p4_robustness
