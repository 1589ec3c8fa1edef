// What native code sets limits to. Programs beyond them are refused with an error and run on the interpreter.
#pragma once

#include <cstddef>
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
// Instructions of one function, and of all, that LLVM's passes are let near: they take seconds for some ten thousand.
inline constexpr size_t function_instructions_max = 30'000;
inline constexpr size_t module_instructions_max = 200'000;
// Select instructions of a function with many instructions. Indices at run time into large header stacks make so many,
// with hundreds of variables that live through the parser's loop: LLVM takes ten times as long for these as for tables.
inline constexpr size_t many_instructions = 8'000;
inline constexpr size_t selects_of_many_max = 400;
// Select instructions in a row, each an operand of the next.
inline constexpr size_t select_row_max = 100;
// Nodes up to which a program's bursts get code of their own for packets that the parser accepts: LLVM takes its time
// twice then.
inline constexpr uint32_t accepting_nodes_max = 1U << 12;
// How deep statements and expressions may nest.
inline constexpr uint32_t depth_max = 2000;
// Bytes of all variables together.
inline constexpr uint32_t state_bytes_max = 1U << 28;
// Bits that one hash or checksum of a burst is calculated over, without the payload.
inline constexpr uint32_t hashed_bits_max = 8 * 2048;
// The widest header of which a burst reads fields where they are wanted.
inline constexpr uint32_t late_bits_max = 8 * 512;
// Counts that a packet of a burst may have outstanding; more make it slow.
inline constexpr uint32_t counts_max = 32;
// Statements, as often as they are written out, that are looked through for what must happen in the packets' order;
// beyond, packets that come to registers and meters are slow.
inline constexpr uint32_t flow_nodes_max = 1U << 18;
inline constexpr uint32_t flow_tables_max = 256;
inline constexpr uint64_t flow_stages_max = 1U << 23;

}  // namespace outrigger::p4_native
