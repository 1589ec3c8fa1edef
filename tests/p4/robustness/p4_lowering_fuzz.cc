// Fuzzes the lowering and the interpreter: what the checker accepts prints and reads back as itself, lowers or is
// refused with a diagnostic, keeps the lowered program's rules, and takes any packet.
#include "base/check.h"
#include "p4/large_stack.h"
#include "random_program/random_run.h"
#include "robustness/fuzzed_program.h"

namespace outrigger::p4_robustness {
namespace {

constexpr uint32_t packets = 4;

void run(std::string_view text) {
  const auto compilation = compile_after(Prelude::V1model, text);
  if (!compilation->is_good()) {
    return;
  }
  const std::string fault = p4_random::lower_and_run(*compilation, packets, text.size());
  check(fault.empty(), fault.c_str());
}

}  // namespace
}  // namespace outrigger::p4_robustness

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  return outrigger::p4_robustness::mutate_input(data, size, size_max, seed);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data, size_t size, const uint8_t* other, size_t other_size,
                                            uint8_t* out, size_t size_max, unsigned seed) {
  return outrigger::p4_robustness::cross_inputs(data, size, other, other_size, out, size_max, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > (64U << 10U)) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  outrigger::check(outrigger::p4::run_with_large_stack([&] { outrigger::p4_robustness::run(text); }),
                   "memory for a stack");
  return 0;
}
