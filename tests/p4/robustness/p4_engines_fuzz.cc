// Fuzzes all that comes after the checker: what it accepts has a P4Info, and engines and bursts do the same with any
// packet.
#include "robustness/program_fuzzer.h"
#include "robustness/whole_compiler.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace outrigger::p4_robustness;
  return fuzz_program(data, size, [](auto, std::string_view text) {
    const auto compilation = compile_after(Prelude::V1model, text);
    if (compilation->is_good()) {
      const std::string fault = fault_of_compiled(*compilation, text.size());
      outrigger::check(fault.empty(), fault.c_str());
    }
  });
}
