// The verbs of outrigger-p4. Each prints its result on standard output and what is wrong on standard error, and gives
// the exit status: 0 passed, 1 failed or rejected.
#pragma once

#include <string>
#include <vector>

#include "p4/preprocessor/preprocessor.h"
#include "p4_cli/port_file.h"

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

// What can be printed of a program: `ast`, as it was read; `ir`, lowered; after a pass, by the pass's name; `passes`,
// after all of them; `list`, what there is to print.
[[nodiscard]] bool is_stage(const std::string& stage);
[[nodiscard]] std::string stage_names();
// The stages one behind the other.
int dump(const std::string& program, const std::vector<std::string>& stages, const SourceOptions& options);

enum class InfoFormat { Text, Json, Binary };
// `output` empty: standard output.
int info(const std::string& program, InfoFormat format, bool has_locations, const std::string& output,
         const SourceOptions& options);

struct CompileOptions {
  std::string program;
  std::string p4_info;              // a file: text, JSON or binary by its suffix; empty: none
  std::vector<std::string> stages;  // on standard output
  bool makes_native = false;        // machine code, too; and says how long it took
};
// Says what was made, on standard error where something is dumped.
int compile(const CompileOptions& what, const SourceOptions& options);

enum class RunEngine { Interpreter, Native };

struct RunOptions {
  std::string program;
  std::vector<PortFile> inputs;
  std::vector<PortFile> outputs;  // one at most without a port, and one for each port
  std::optional<uint32_t> port;   // of inputs without one of their own; none: pcapng's interfaces, 0 in pcap
  std::string entries;            // a script that makes the state; empty: none
  RunEngine engine = RunEngine::Interpreter;
};
// Captures through the program. An input that ends in a fault is failed, but what came before it is written.
int run(const RunOptions& options, const SourceOptions& source);

struct BenchOptions {
  std::string program;
  std::vector<PortFile> inputs;  // none: packets that are made up
  std::optional<uint32_t> port;
  std::string entries;
  RunEngine engine = RunEngine::Native;
  double seconds = 1;
};
// How fast it runs and compiles, on standard output.
int bench(const BenchOptions& options, const SourceOptions& source);

// By one engine or by both, one after the other.
enum class TestEngine { Interpreter, Native, Both };
int test(const std::string& program, const std::vector<std::string>& cases, TestEngine engine,
         const SourceOptions& options);

}  // namespace outrigger::p4_cli
