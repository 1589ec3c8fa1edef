// run_stf.h: a packet script over a program in a file: what `outrigger-p4 test` does.
#pragma once

#include <string>

#include "base/result.h"
#include "p4/preprocessor/preprocessor.h"
#include "p4_target/engines.h"
#include "p4_target/stf_engine.h"
#include "stf/runner.h"

namespace outrigger::p4_target {

// Compiles the program, runs the script over an engine and says how it went. Errors: the program or the script
// cannot be read or is faulty (then the error holds all diagnostics, ready to be printed), or cannot be run here.
Result<stf::Report> run_stf(const std::string& program_path, const p4::PreprocessorOptions& options,
                            const std::string& script_path, EngineKind engine = EngineKind::Interpreter,
                            StfEngine::Arrival arrival = StfEngine::Arrival::OneByOne);

// A script from a file. Errors hold all diagnostics, as above.
Result<stf::Script> read_script_file(const std::string& path);

}  // namespace outrigger::p4_target
