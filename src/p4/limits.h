// The named limits of p4: what a source file, however hostile, can make the compiler spend.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::p4 {

// --- the preprocessor ---

// Bytes of one source file.
inline constexpr size_t file_bytes_max = 16U << 20U;
// Files that one program may enter by `#include`, counted once for each time.
inline constexpr uint32_t files_included_max = 1000;
// Files that include one another (that of Clang's preprocessor).
inline constexpr uint32_t include_depth_max = 200;
// Bytes of all files entered, counted once for each time: what is read although it gives no text, as skipped parts.
inline constexpr size_t source_bytes_max = 64U << 20U;
// Bytes of text after preprocessing. Offsets into it are 32 bits wide.
inline constexpr size_t preprocessed_bytes_max = 64U << 20U;
// What all expansions of macros may cost together: the bytes of what is replaced and inserted, and a fixed sum a token.
inline constexpr uint64_t expansion_cost_max = 128U << 20U;
// Of which a token costs this much beside its bytes: about what Clang keeps for each.
inline constexpr uint64_t expansion_cost_token = 50;
// Function-like macros that are expanded in the arguments of one another. Clang recurses on each.
inline constexpr uint32_t expansion_depth_max = 100;
// Parentheses and operators of one `#if` or `#elif` as it is written, and tokens that macros add to it. Clang recurses.
inline constexpr uint32_t condition_operators_max = 500;
inline constexpr uint32_t condition_tokens_max = 1000;
// Parameters of one macro: Clang compares each with all.
inline constexpr uint32_t macro_parameters_max = 256;
// Bytes of the name of a file or folder.
inline constexpr size_t path_bytes_max = 4096;

// --- the lexer and the parser ---

// Tokens of one program.
inline constexpr uint32_t tokens_max = 8U << 20U;
// Expressions, statements and types inside one another.
inline constexpr uint32_t nesting_depth_max = 1024;
// Digits of one number, so that reading it takes no quadratic time worth speaking of.
inline constexpr uint32_t number_digits_max = 64U << 10U;
// Bytes of one string literal.
inline constexpr uint32_t string_bytes_max = 1U << 20U;
// Nodes of a syntax tree.
inline constexpr uint32_t nodes_max = 32U << 20U;

// --- types and constants ---

// Bits of bit<W>, int<W> and varbit<W>.
inline constexpr uint32_t width_bits_max = 1U << 20U;
// Bits that a constant of type int may take: 1 << 1000000000 is refused, not computed.
inline constexpr uint32_t integer_bits_max = 1U << 20U;
// Elements of a header stack, tuple or list type.
inline constexpr uint32_t stack_elements_max = 1U << 16U;
// Instances of generics and constructor calls that evaluation may unfold.
inline constexpr uint32_t instances_max = 1U << 16U;

// --- compiling as a whole ---

// Stack of the thread that a program is compiled on: what the deepest nesting takes, many times over. Only what is used
// takes memory.
inline constexpr size_t compile_stack_bytes = 256U << 20U;

// --- diagnostics ---

// Errors that are kept, and warnings as many; more are only counted.
inline constexpr uint32_t diagnostics_kept_max = 100;
// Notes of one diagnostic.
inline constexpr uint32_t notes_max = 16;
// Columns of a source line that are shown: longer ones are cut around the place that is meant.
inline constexpr uint32_t shown_columns_max = 160;
// Bytes of a message or a name that are shown.
inline constexpr size_t shown_message_bytes_max = 4096;

}  // namespace outrigger::p4
