// outrigger p4 compile: everything that the compiler makes of a program, and what it made.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "p4/printer.h"
#include "p4_cli/products.h"
#include "p4_ir/lower.h"
#include "p4_ir/printer.h"

namespace outrigger::p4_cli {
namespace {

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

bool dump_stages(const p4::Compilation& compilation, const p4_ir::Program& lowered, const std::vector<Stage>& stages) {
  return std::ranges::all_of(stages, [&](Stage stage) {
    return print(stage == Stage::Ast ? p4::to_text(compilation.program) : p4_ir::to_text(lowered));
  });
}

}  // namespace

int compile(const std::string& program, const std::string& p4_info, const std::vector<Stage>& stages,
            const SourceOptions& options) {
  const auto compilation = load(program, options);
  if (compilation == nullptr) {
    return exit_failed;
  }
  const auto lowered = p4_ir::lower(*compilation);
  const InfoFormat format = format_of(p4_info);
  const auto info_bytes =
      lowered == nullptr || p4_info.empty() ? std::optional<std::string>() : p4_info_of(*compilation, format);
  print_diagnostics(*compilation, options);
  if (lowered == nullptr || !compilation->is_good() || !is_sound(*lowered, "compile")) {
    return exit_failed;
  }
  std::string made = describe(program, *lowered);
  if (info_bytes.has_value()) {
    if (!write_file(p4_info, *info_bytes, "compile")) {
      return exit_failed;
    }
    made += fmt::format("{}: P4Info, {}, {} bytes\n", p4::printable(p4_info), name_of(format), info_bytes->size());
  }
  // Standard output is the dump's where there is one.
  std::fputs(made.c_str(), stages.empty() ? stdout : stderr);
  return dump_stages(*compilation, *lowered, stages) && std::fflush(stdout) == 0 ? exit_passed : exit_failed;
}

}  // namespace outrigger::p4_cli
