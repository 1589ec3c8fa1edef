// What bursts know of the externs that PSA and PNA have in common.
#pragma once

#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

// Counters, meters, registers, hashes, random numbers and InternetChecksum, and the numbers of the colours. Direct
// counters and meters work when they are called.
void add_portable_externs(const p4_ir::Program& program, BurstShape& into);

}  // namespace outrigger::p4_native
