// outrigger p4 test: packet scripts against a program.
#include <cstdio>

#include "p4_cli/load.h"
#include "p4_target/run_stf.h"

namespace outrigger::p4_cli {

int test(const std::string& program, const std::vector<std::string>& cases, const SourceOptions& options) {
  int status = exit_passed;
  for (const std::string& script : cases) {
    const auto report = p4_target::run_stf(program, options.preprocessor, script);
    if (!report.has_value()) {
      std::fprintf(stderr, "%s\n", report.error().what.c_str());
      return exit_failed;
    }
    print(stf::to_text(*report, script));
    status = report->has_passed() ? status : exit_failed;
  }
  return status;
}

}  // namespace outrigger::p4_cli
