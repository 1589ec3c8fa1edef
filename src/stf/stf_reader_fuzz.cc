// Fuzzes the reader with any text, and the resolver and the runner with what could be read, over the fake engine.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "stf/fake_engine.h"
#include "stf/limits.h"
#include "stf/reader.h"
#include "stf/runner.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace outrigger;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const stf::Reading reading = stf::read_script(text);
  check(reading.errors.size() <= stf::errors_max, "errors are limited");
  for (const stf::Problem& problem : reading.errors) {
    check(problem.line != 0 && !problem.what.empty(), "an error says where and what");
    check(problem.column <= text.size() + 1, "columns are in the line");
  }
  stf::FakeEngine engine;
  const stf::Report report = stf::run_script(reading.script, engine);
  check(report.failures.size() <= stf::failures_max, "failures are limited");
  check(!stf::to_text(report, "script").empty(), "a report can be shown");
  return 0;
}
