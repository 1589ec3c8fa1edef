// outrigger p4 compile: everything that the compiler makes of a program, and what it made.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "p4_cli/stages.h"
#include "p4_ir/lower.h"
#include "p4_target/device_rules.h"
#include "p4_target/engines.h"
#include "p4_target/target.h"

namespace outrigger::p4_cli {
namespace {

using Clock = std::chrono::steady_clock;

InfoFormat format_of(const std::string& path) {
  if (path.ends_with(".txt")) {  // .pb.txt too
    return InfoFormat::Text;
  }
  return path.ends_with(".json") ? InfoFormat::Json : InfoFormat::Binary;
}

const char* name_of(InfoFormat format) {
  switch (format) {
    case InfoFormat::Text: return "text";
    case InfoFormat::Json: return "JSON";
    case InfoFormat::Binary: break;
  }
  return "protobuf";
}

std::string describe(const std::string& path, const p4_ir::Program& program) {
  size_t actions = 0;
  size_t keys = 0;
  for (const p4_ir::Table& table : program.tables) {
    actions += table.actions.size();
    keys += table.keys.size();
  }
  return fmt::format("{}: {}; {} tables with {} keys and {} actions, {} externs, {} headers, {} variables\n",
                     p4::printable(path), program.architecture, program.tables.size(), keys, actions,
                     program.externs.size(), program.headers.size(), program.variables.size());
}

// What machine code took, and all that came before it since `begin`.
Result<std::string> make_native(const p4_ir::Program& program, Clock::time_point begin) {
  const Clock::time_point lowered = Clock::now();
  OR_ASSIGN([[maybe_unused]] const auto made, p4_target::engine_factory(program, p4_target::EngineKind::Native));
  const auto milliseconds = [](Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  const Clock::time_point end = Clock::now();
  return fmt::format("machine code in {} ms; {} ms with all from the source on\n", milliseconds(end - lowered),
                     milliseconds(end - begin));
}

}  // namespace

int compile(const CompileOptions& what, const SourceOptions& options) {
  const Clock::time_point begin = Clock::now();
  const auto compilation = load(what.program, options);
  if (compilation == nullptr) {
    return exit_failed;
  }
  const auto lowered = p4_ir::lower(*compilation);
  const InfoFormat format = format_of(what.p4_info);
  const auto info_bytes =
      lowered == nullptr || what.p4_info.empty() ? std::optional<std::string>() : p4_info_of(*compilation, format);
  if (lowered != nullptr) {
    p4_target::check_device_rules(*lowered, compilation->diagnostics);
  }
  print_diagnostics(*compilation, options);
  if (lowered == nullptr || !compilation->is_good() || !is_sound(*lowered, "compile")) {
    return exit_failed;
  }
  std::string made = describe(what.program, *lowered);
  if (info_bytes.has_value()) {
    if (!write_file(what.p4_info, *info_bytes, "compile")) {
      return exit_failed;
    }
    made += fmt::format("{}: P4Info, {}, {} bytes\n", p4::printable(what.p4_info), name_of(format), info_bytes->size());
  }
  const auto native = what.makes_native ? make_native(*lowered, begin) : Result<std::string>("");
  if (!native.has_value()) {
    std::fprintf(stderr, "outrigger p4 compile: %s\n", native.error().what.c_str());
    return exit_failed;
  }
  made += *native;
  if (p4_target::has_target(lowered->architecture)) {
    const auto target = p4_target::make_target(*lowered, p4_target::EngineKind::Interpreter);
    if (!target.has_value()) {  // an extern of the program's own may be another device's
      std::fprintf(stderr, "outrigger p4 compile: warning: this program cannot be run here: %s\n",
                   target.error().what.c_str());
    }
  }
  // Standard output is the dump's where there is one.
  std::fputs(made.c_str(), what.stages.empty() ? stdout : stderr);
  return print_stages(*compilation, lowered.get(), what.stages, "compile") && std::fflush(stdout) == 0 ? exit_passed
                                                                                                       : exit_failed;
}

}  // namespace outrigger::p4_cli
