// Context: what native code holds of the packet at hand, at the beginning of its state. The variables follow it
// (state_layout.h). Its layout is part of the generated code.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::p4_native {

class NativeEngine;

struct Context {
  const uint8_t* packet = nullptr;
  uint64_t packet_bits = 0;
  uint64_t cursor = 0;  // bits of the packet that have been parsed
  uint8_t* output = nullptr;
  uint64_t output_bits = 0;
  uint64_t output_capacity_bits = 0;
  uint32_t loop_turns = 0;
  uint32_t parser_steps = 0;
  NativeEngine* engine = nullptr;
};
static_assert(sizeof(Context) == 64 && offsetof(Context, engine) == 56);

// What generated functions return: how a procedure or parser left.
enum class Status : uint32_t { Next = 0, Rejected = 1, Exhausted = 2 };

}  // namespace outrigger::p4_native
