// outrigger p4 dump: a program as the compiler sees it, checked or lowered.
#include "p4/printer.h"
#include "p4_cli/products.h"
#include "p4_ir/lower.h"
#include "p4_ir/printer.h"

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
  return is_sound(*lowered, "dump") && is_printed ? exit_passed : exit_failed;
}

}  // namespace outrigger::p4_cli
