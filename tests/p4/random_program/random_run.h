// A checked program taken through all that comes after: printed and read back, lowered, verified, run on packets.
#pragma once

#include <cstdint>
#include <string>

#include "p4/front.h"

namespace outrigger::p4_random {

// Empty, or what went wrong that is a fault of ours. A program that the lowering refuses with a diagnostic is none
// (`is_refused`, where it is wanted).
std::string lower_and_run(p4::Compilation& compilation, uint32_t packets, uint64_t seed, bool* is_refused = nullptr);

}  // namespace outrigger::p4_random
