// Fuzzes the parser and the type checker: any text gives a checked program or diagnostics, never a crash. The first
// byte chooses what the text may use: '0' nothing, '1' core.p4, '2' v1model.p4.
#include "robustness/program_fuzzer.h"

namespace outrigger::p4_robustness {
namespace {

void run(Prelude prelude, std::string_view text) {
  const auto compilation = compile_after(prelude, text);
  const std::string shown = to_text(compilation->diagnostics, compilation->source);
  check(shown.empty() == compilation->diagnostics.all().empty(), "faults are shown");
}

}  // namespace
}  // namespace outrigger::p4_robustness

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return outrigger::p4_robustness::fuzz_program(data, size,
                                                [](outrigger::p4_robustness::Prelude prelude, std::string_view text) {
                                                  outrigger::p4_robustness::run(prelude, text);
                                                });
}
