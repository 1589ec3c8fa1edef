// The front end as one call: a source file → a checked program, or diagnostics. What the tools and the passes after it
// start from.
#pragma once

#include <memory>
#include <string>

#include "p4/diagnostics.h"
#include "p4/preprocessor/preprocessor.h"
#include "p4/types.h"
#include "p4/value.h"

namespace outrigger::p4 {

// Everything that a compilation owns. Not movable; passes keep pointers into it.
struct Compilation {
  SourceText source;
  Diagnostics diagnostics;
  Program program;
  TypeTable types;
  ValueTable values;

  // True when it may be compiled on: no errors.
  [[nodiscard]] bool is_good() const { return !diagnostics.has_errors(); }
};

// Preprocesses, parses and checks the file at `path`. Runs on a thread of its own with a stack of compile_stack_bytes
// (limits.h), so that the deepest tree that the parser lets through cannot overflow a caller's. Faults are in the
// diagnostics.
std::unique_ptr<Compilation> compile_front(const std::string& path, const PreprocessorOptions& options);
// The same for a text in memory, which is preprocessed too; `name` is what places say.
std::unique_ptr<Compilation> compile_front_text(const std::string& name, const std::string& text,
                                                const PreprocessorOptions& options);

}  // namespace outrigger::p4
