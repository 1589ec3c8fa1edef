// outrigger p4 check: is it a valid program?
#include "p4_cli/load.h"

namespace outrigger::p4_cli {

int check(const std::vector<std::string>& programs, const SourceOptions& options) {
  int status = exit_passed;
  for (const std::string& program : programs) {
    const auto compilation = load(program, options);
    if (compilation == nullptr) {
      status = exit_failed;
    } else {
      print_diagnostics(*compilation, options);
    }
  }
  return status;
}

}  // namespace outrigger::p4_cli
