// outrigger p4 test: packet scripts against a program.
#include <cstdio>

#include "p4_cli/load.h"
#include "p4_target/run_stf.h"

namespace outrigger::p4_cli {
namespace {

using p4_target::EngineKind;
using p4_target::StfEngine;

std::vector<EngineKind> engines_of(TestEngine engine) {
  switch (engine) {
    case TestEngine::Interpreter: return {EngineKind::Interpreter};
    case TestEngine::Native: return {EngineKind::Native};
    case TestEngine::Both: break;
  }
  return {EngineKind::Interpreter, EngineKind::Native};
}

}  // namespace

int test(const std::string& program, const std::vector<std::string>& cases, TestEngine engine,
         const SourceOptions& options) {
  int status = exit_passed;
  const std::vector<EngineKind> engines = engines_of(engine);
  for (const std::string& script : cases) {
    for (const EngineKind kind : engines) {
      // Native code as it forwards: in bursts, and packet by packet what does not go in one.
      const auto arrival = kind == EngineKind::Native ? StfEngine::Arrival::InBursts : StfEngine::Arrival::OneByOne;
      const auto report = p4_target::run_stf(program, options.preprocessor, script, kind, arrival);
      if (!report.has_value()) {
        std::fprintf(stderr, "%s\n", report.error().what.c_str());
        return exit_failed;
      }
      const char* by = kind == EngineKind::Interpreter ? "interpreter: " : "native: ";
      print((engines.size() > 1 ? by : "") + stf::to_text(*report, script));
      status = report->has_passed() ? status : exit_failed;
    }
  }
  return status;
}

}  // namespace outrigger::p4_cli
