// Fuzzes the parser and the type checker: any text gives a checked program or diagnostics, never a crash. The first
// byte chooses what the text may use: '0' nothing, '1' core.p4, '2' v1model.p4.
#include "base/check.h"
#include "p4/large_stack.h"
#include "robustness/fuzzed_program.h"

namespace outrigger::p4_robustness {
namespace {

void run(Prelude prelude, std::string_view text) {
  const auto compilation = compile_after(prelude, text);
  const std::string shown = to_text(compilation->diagnostics, compilation->source);
  check(shown.empty() == compilation->diagnostics.all().empty(), "faults are shown");
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
  const auto prelude = static_cast<outrigger::p4_robustness::Prelude>(data[0] % 3);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  outrigger::check(outrigger::p4::run_with_large_stack([&] { outrigger::p4_robustness::run(prelude, text); }),
                   "memory for a stack");
  return 0;
}
