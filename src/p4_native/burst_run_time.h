// What the code of bursts calls beside what all generated code calls (run_time.h): hashes, meters, random numbers, and
// what an entry of a table with an action profile comes to.
#pragma once

#include <span>

#include "p4_native/run_time.h"

namespace outrigger::p4_native {

// Every function by the name that generated code calls it by:
//
//   p4_burst_hash(hash, bytes, size)                             a BurstHash
//   p4_burst_csum16(bytes, size, payload, payload_size)          over both; one byte behind `bytes` may be written
//   p4_burst_append(into, position, value, width)                a scalar's memory form → bits from `position` on
//   p4_burst_add_to_sum(state, bytes, size, subtracts)           → the new state
//   p4_burst_random(context, low, high)                          both ends belong to it
//   p4_burst_meter(meters, index, bytes, now_ns, before)         → a MeterColor
//   p4_burst_resolve(profile, table, entry, hash)                → the entry that acts, which is a hit or is not
std::span<const RunTimeFunction> burst_run_time_functions();

}  // namespace outrigger::p4_native
