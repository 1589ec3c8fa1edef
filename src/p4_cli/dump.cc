// outrigger p4 dump: a program as the compiler sees it, checked, lowered or after passes.
#include <algorithm>

#include "p4_cli/stages.h"
#include "p4_ir/lower.h"

namespace outrigger::p4_cli {

int dump(const std::string& program, const std::vector<std::string>& stages, const SourceOptions& options) {
  if (program.empty()) {
    return print_list() ? exit_passed : exit_failed;
  }
  const auto compilation = load(program, options);
  if (compilation == nullptr) {
    return exit_failed;
  }
  // What has no `main` can be read, but not lowered.
  if (std::ranges::all_of(stages, [](const std::string& stage) { return stage == "ast" || stage == "list"; })) {
    return print_stages(*compilation, nullptr, stages, "dump") ? exit_passed : exit_failed;
  }
  const auto lowered = p4_ir::lower(*compilation);
  if (lowered == nullptr) {
    print_diagnostics(*compilation, options);
    return exit_failed;
  }
  return print_stages(*compilation, lowered.get(), stages, "dump") ? exit_passed : exit_failed;
}

}  // namespace outrigger::p4_cli
