// What the fuzzers of the compiler share: an input's first byte chooses what stands before the program's text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "p4/front.h"

namespace outrigger::p4_robustness {

enum class Prelude : uint8_t { Nothing, Core, V1model };

// The text of core.p4, and of v1model.p4, preprocessed.
std::string_view prelude_text(Prelude prelude);

// Parses and checks what follows the prelude; not through the preprocessor, which has a fuzzer of its own. Call it with
// a large stack (p4/large_stack.h).
std::unique_ptr<p4::Compilation> compile_after(Prelude prelude, std::string_view text);

// By tokens mostly, by bytes now and then: for LLVMFuzzerCustomMutator and LLVMFuzzerCustomCrossOver. Gives the new
// size. The first byte stays a choice of prelude.
size_t mutate_input(uint8_t* data, size_t size, size_t size_max, uint32_t seed);
size_t cross_inputs(const uint8_t* data, size_t size, const uint8_t* other, size_t other_size, uint8_t* out,
                    size_t size_max, uint32_t seed);

}  // namespace outrigger::p4_robustness
