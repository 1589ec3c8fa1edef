// Fuzzes the lowering and the interpreter: what the checker accepts prints and reads back as itself, lowers or is
// refused with a diagnostic, keeps the lowered program's rules, and takes any packet.
#include "random_program/random_run.h"
#include "robustness/program_fuzzer.h"

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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return outrigger::p4_robustness::fuzz_program(
      data, size, [](auto, std::string_view text) { outrigger::p4_robustness::run(text); });
}
