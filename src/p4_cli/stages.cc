// The stages of the compiler that can be printed: see stages.h.
#include "p4_cli/stages.h"

#include <fmt/format.h>

#include "p4/printer.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/printer.h"

namespace outrigger::p4_cli {
namespace {

// Passes run in rounds; a pass's stage is its first.
bool print_after(const p4_ir::Program& lowered, const std::string& stage, const std::string& verb) {
  bool is_good = true;
  std::string text;
  const auto after = [&](const p4_ir::Pass& pass, uint32_t round, const p4_ir::Program& program) {
    is_good = is_good && is_sound(program, fmt::format("{}, pass {}", verb, pass.name));
    if (pass.name == stage && round == 1) {
      text = p4_ir::to_text(program);
    }
  };
  const auto passed = p4_ir::optimised(lowered, {.verifies = false, .after = after});
  return print(stage == "passes" ? p4_ir::to_text(*passed) : text) && is_good;
}

std::string list() {
  std::string text = "ast                 as it was read\nir                  lowered; what the interpreter runs\n";
  for (const p4_ir::Pass& pass : p4_ir::pass_list()) {
    text += fmt::format("{:<20}after the pass that {}\n", pass.name, pass.what);
  }
  return text + "passes              after all of them; what native code is made of\n";
}

}  // namespace

bool print_list() { return print(list()); }

bool is_stage(const std::string& stage) {
  return stage == "ast" || stage == "ir" || stage == "passes" || stage == "list" || p4_ir::find_pass(stage) != nullptr;
}

std::string stage_names() {
  std::string names = "ast, ir, ";
  for (const p4_ir::Pass& pass : p4_ir::pass_list()) {
    names += std::string(pass.name) + ", ";
  }
  return names + "passes, list";
}

bool print_stages(const p4::Compilation& compilation, const p4_ir::Program* lowered,
                  const std::vector<std::string>& stages, const std::string& verb) {
  bool is_good = true;
  for (const std::string& stage : stages) {
    if (stage == "list") {
      is_good &= print_list();
    } else if (stage == "ast") {
      is_good &= print(p4::to_text(compilation.program));
    } else if (lowered != nullptr && stage == "ir") {
      const bool is_printed = print(p4_ir::to_text(*lowered));
      is_good &= is_sound(*lowered, verb) && is_printed;
    } else if (lowered != nullptr) {
      is_good &= print_after(*lowered, stage, verb);
    }
  }
  return is_good;
}

}  // namespace outrigger::p4_cli
