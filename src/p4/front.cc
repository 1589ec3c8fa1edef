// The front end: preprocessor, parser, checker, on a thread that has the stack they need.
#include "p4/front.h"

#include <pthread.h>

#include <functional>
#include <optional>

#include "p4/check/checker.h"
#include "p4/limits.h"
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
}

extern "C" void* run_task(void* task) {
  (*static_cast<std::function<void()>*>(task))();
  return nullptr;
}

// False: the system has no room for such a thread.
bool run_with_large_stack(std::function<void()> task) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) {
    return false;
  }
  pthread_t thread{};
  const bool has_started = pthread_attr_setstacksize(&attributes, compile_stack_bytes) == 0 &&
                           pthread_create(&thread, &attributes, run_task, &task) == 0;
  pthread_attr_destroy(&attributes);
  return has_started && pthread_join(thread, nullptr) == 0;
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
