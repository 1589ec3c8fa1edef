// Fuzzes packet scripts over a real switch: what the reader takes is resolved against the program's tables and run,
// with values of any size, entries that are there already, ports and cells that are not, never with a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "p4/front.h"
#include "p4/large_stack.h"
#include "p4_ir/lower.h"
#include "p4_target/engines.h"
#include "p4_target/stf_engine.h"
#include "stf/reader.h"
#include "stf/runner.h"

namespace outrigger::p4_robustness {
namespace {

constexpr size_t text_bytes_max = 16U << 10U;

const p4_ir::Program& program() {
  static const std::unique_ptr<p4_ir::Program> lowered = [] {
    std::unique_ptr<p4_ir::Program> made;
    check(p4::run_with_large_stack([&] { made = p4_ir::lower(*p4::compile_front(OUTRIGGER_PROGRAM, {})); }), "memory");
    check(made != nullptr, "the program is good");
    return made;
  }();
  return *lowered;
}

void run(std::string_view text) {
  const stf::Reading reading = stf::read_script(text);
  auto target = p4_target::make_target(program(), p4_target::EngineKind::Interpreter);
  check(target.has_value(), "an interpreter takes every program");
  p4_target::StfEngine engine(**target);
  const stf::Report report = stf::run_script(reading.script, engine);
  check(!stf::to_text(report, "script").empty(), "a report can be shown");
}

}  // namespace
}  // namespace outrigger::p4_robustness

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size <= outrigger::p4_robustness::text_bytes_max) {
    outrigger::p4_robustness::run(std::string_view(reinterpret_cast<const char*>(data), size));
  }
  return 0;
}
