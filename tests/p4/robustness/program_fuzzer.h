// The entries of libFuzzer that fuzzers of programs have in common: how inputs are changed, and which are run. Included
// by one source of each: libFuzzer finds them as symbols of the program itself.
#pragma once

#include "base/check.h"
#include "p4/large_stack.h"
#include "robustness/fuzzed_program.h"

namespace outrigger::p4_robustness {

// Calls run(prelude, text) with a large stack. What is empty or larger than 64 KiB is left alone.
template <typename Run>
int fuzz_program(const uint8_t* data, size_t size, Run run) {
  if (size == 0 || size > (64U << 10U)) {
    return 0;
  }
  const auto prelude = static_cast<Prelude>(data[0] % 3);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(p4::run_with_large_stack([&] { run(prelude, text); }), "memory for a stack");
  return 0;
}

}  // namespace outrigger::p4_robustness

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  return outrigger::p4_robustness::mutate_input(data, size, size_max, seed);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data, size_t size, const uint8_t* other, size_t other_size,
                                            uint8_t* out, size_t size_max, unsigned seed) {
  return outrigger::p4_robustness::cross_inputs(data, size, other, other_size, out, size_max, seed);
}
