// What native code sets limits to. Programs beyond them are refused with an error and run on the interpreter.
#pragma once

#include <cstdint>

namespace outrigger::p4_native {

// The widest value; LLVM's code for wider integers grows with its square.
inline constexpr uint32_t width_bits_max = 4096;
// The widest field that is loaded or stored by one integer operation; wider ones go through the run time.
inline constexpr uint32_t field_bits_inline_max = 512;
// The widest operands of *, / and % that are calculated inline.
inline constexpr uint32_t multiply_bits_inline_max = 128;
inline constexpr uint32_t divide_bits_inline_max = 64;
// Nodes of expressions and statements of one program, as often as they are written out.
inline constexpr uint32_t nodes_max = 1U << 21;
// How deep statements and expressions may nest.
inline constexpr uint32_t depth_max = 2000;
// Bytes of all variables together.
inline constexpr uint32_t state_bytes_max = 1U << 28;

}  // namespace outrigger::p4_native
