// A program's file → a checked program.
#pragma once

#include <memory>
#include <string>

#include "p4/front.h"
#include "p4_cli/commands.h"

namespace outrigger::p4_cli {

// Null when it was rejected. Errors and warnings are printed on standard error.
std::unique_ptr<p4::Compilation> load(const std::string& program, const SourceOptions& options);
// What has come to its diagnostics since; for steps after the front end.
void print_diagnostics(const p4::Compilation& compilation, const SourceOptions& options);
bool print(const std::string& text);  // on standard output; false when that failed

}  // namespace outrigger::p4_cli
