// outrigger p4 dump: a program as the compiler sees it, checked or lowered.
#include <cstdio>

#include "p4/printer.h"
#include "p4_cli/load.h"
#include "p4_ir/lower.h"
#include "p4_ir/printer.h"
#include "p4_ir/verifier.h"

namespace outrigger::p4_cli {

int dump(const std::string& program, Stage stage, const SourceOptions& options) {
  const auto compilation = load(program, options);
  if (compilation == nullptr) {
    return exit_failed;
  }
  if (stage == Stage::Ast) {
    return print(p4::to_text(compilation->program)) ? exit_passed : exit_failed;
  }
  const auto lowered = p4_ir::lower(*compilation);
  if (lowered == nullptr) {
    print_diagnostics(*compilation, options);
    return exit_failed;
  }
  const bool is_printed = print(p4_ir::to_text(*lowered));
  const std::vector<std::string> findings = p4_ir::verify(*lowered);
  for (const std::string& finding : findings) {
    std::fprintf(stderr, "outrigger p4 dump: the lowered program breaks a rule of its own (a fault of ours): %s\n",
                 finding.c_str());
  }
  return is_printed && findings.empty() ? exit_passed : exit_failed;
}

}  // namespace outrigger::p4_cli
