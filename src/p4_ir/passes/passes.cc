// The list of passes, and running it.
#include "p4_ir/passes/passes.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/check.h"
#include "p4_ir/verifier.h"

namespace outrigger::p4_ir {
namespace {

constexpr std::array passes = {
    Pass{"constant_folding", "calculates what is constant, and takes the branches that it decides", &fold_constants},
    Pass{"unreachable_code", "drops statements, parser states and procedures that nothing reaches",
         &remove_unreachable_code},
    Pass{"inlining", "puts procedures that are called from one place there", &inline_procedures},
    Pass{"copy_propagation", "reads the source of a copy, or the constant, instead of the copy", &propagate_copies},
    Pass{"dead_assignments", "drops assignments that nothing reads", &remove_dead_assignments},
    Pass{"empty_statements", "drops statements that do nothing", &remove_empty_statements},
};

void require_sound(const Program& program, const Pass& pass) {
  const std::vector<std::string> findings = verify(program);
  for (const std::string& finding : findings) {
    std::fprintf(stderr, "after the pass %s: %s\n", std::string(pass.name).c_str(), finding.c_str());
  }
  check(findings.empty(), "a pass keeps the rules of lowered programs");
}

}  // namespace

std::span<const Pass> pass_list() { return passes; }

const Pass* find_pass(std::string_view name) {
  const auto* found = std::find_if(passes.begin(), passes.end(), [&](const Pass& pass) { return pass.name == name; });
  return found == passes.end() ? nullptr : found;
}

void run_passes(Program& program, const PassOptions& options) {
  const bool verifies = options.verifies && verify(program).empty();
  bool has_changed = true;
  for (uint32_t round = 1; has_changed && round <= pass_rounds_max; ++round) {
    has_changed = false;
    for (const Pass& pass : passes) {
      has_changed |= pass.run(program);
      if (verifies) {
        require_sound(program, pass);
      }
      if (options.after) {
        options.after(pass, round, program);
      }
    }
  }
}

std::unique_ptr<Program> optimised(const Program& program, const PassOptions& options) {
  std::unique_ptr<Program> made = program.clone();
  run_passes(*made, options);
  return made;
}

}  // namespace outrigger::p4_ir
