// Loading a program, and printing.
#include "p4_cli/load.h"

#include <cstdio>

namespace outrigger::p4_cli {

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

void print_diagnostics(const p4::Compilation& compilation, const SourceOptions& options) {
  const std::string text = p4::to_text(compilation.diagnostics, compilation.source, options.has_colour);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::unique_ptr<p4::Compilation> load(const std::string& program, const SourceOptions& options) {
  auto compilation = p4::compile_front(program, options.preprocessor);
  if (!compilation->is_good()) {
    print_diagnostics(*compilation, options);
    return nullptr;
  }
  return compilation;
}

}  // namespace outrigger::p4_cli
