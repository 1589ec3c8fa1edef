// What native code calls: the packet's bits where they do not lie on bytes, wide arithmetic, and the host.
#pragma once

#include <span>
#include <string_view>

#include "p4_native/context.h"

namespace outrigger::p4_native {

struct RunTimeFunction {
  std::string_view name;
  void* address = nullptr;
};

// Every function by the name that generated code calls it by:
//
//   p4_read(context, position, width, into)          bits of the packet → a scalar's memory form
//   p4_read_varbit(context, position, size, into)    the same for a varbit
//   p4_reserve(context, bits)                        room for that many more bits of output
//   p4_append(context, from, width)                  a scalar → the output
//   p4_append_varbit(context, from)
//   p4_arithmetic(op, width, left, right, into)      a BinaryOp on memory forms
//   p4_apply(context, table)                         keys from scratch; → action | hit << 31; parameters are set
//   p4_is_in_set(context, site)                      values from scratch
//   p4_call(context, site)                           values from scratch; results are set
std::span<const RunTimeFunction> run_time_functions();

// Appends bits to the context's output; `from` holds them, the first uppermost in the first byte after `bit_offset`.
void append_bits(Context& context, const uint8_t* from, uint64_t bit_offset, uint64_t count);

}  // namespace outrigger::p4_native
