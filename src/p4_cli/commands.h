// The verbs of outrigger-p4. Each prints its result on standard output and what is wrong on standard error, and gives
// the exit status: 0 passed, 1 failed or rejected.
#pragma once

#include <string>
#include <vector>

#include "p4/preprocessor/preprocessor.h"

namespace outrigger::p4_cli {

constexpr int exit_passed = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct SourceOptions {
  p4::PreprocessorOptions preprocessor;
  bool has_colour = false;  // in diagnostics
};

// Each program for itself; failed when one is rejected.
int check(const std::vector<std::string>& programs, const SourceOptions& options);

enum class Stage { Ast, Ir };
int dump(const std::string& program, Stage stage, const SourceOptions& options);

enum class InfoFormat { Text, Json, Binary };
// `output` empty: standard output.
int info(const std::string& program, InfoFormat format, const std::string& output, const SourceOptions& options);

int test(const std::string& program, const std::vector<std::string>& cases, const SourceOptions& options);

}  // namespace outrigger::p4_cli
