// The front end: preprocessor, parser, checker, on a thread that has the stack they need.
#include "p4/front.h"

#include <functional>
#include <optional>

#include "p4/check/checker.h"
#include "p4/check/first_writes.h"
#include "p4/large_stack.h"
#include "p4/parser.h"

namespace outrigger::p4 {

namespace {

using Preprocess = std::function<std::optional<SourceText>(Diagnostics&)>;

void compile(Compilation& compilation, const Preprocess& preprocess_source) {
  std::optional<SourceText> source = preprocess_source(compilation.diagnostics);
  if (!source.has_value()) {
    return;
  }
  compilation.source = std::move(*source);
  parse(compilation.source, compilation.program, compilation.diagnostics);
  if (compilation.diagnostics.has_errors()) {
    return;  // what the parser left out would only bring errors that follow from it
  }
  Checker(compilation.program, compilation.types, compilation.values, compilation.diagnostics).run();
  if (!compilation.diagnostics.has_errors()) {
    warn_of_first_reads(compilation.program, compilation.diagnostics);
  }
}

std::unique_ptr<Compilation> compile_on_thread(const Preprocess& preprocess_source) {
  auto compilation = std::make_unique<Compilation>();
  if (!run_with_large_stack([&] { compile(*compilation, preprocess_source); })) {
    compilation->diagnostics.error(SourceRange{}, "there is no memory for the compiler's stack",
                                   "allow this process more address space");
  }
  return compilation;
}

}  // namespace

std::unique_ptr<Compilation> compile_front(const std::string& path, const PreprocessorOptions& options) {
  return compile_on_thread([&](Diagnostics& diagnostics) { return preprocess(path, options, diagnostics); });
}

std::unique_ptr<Compilation> compile_front_text(const std::string& name, const std::string& text,
                                                const PreprocessorOptions& options) {
  return compile_on_thread([&](Diagnostics& diagnostics) { return preprocess_text(name, text, options, diagnostics); });
}

}  // namespace outrigger::p4
