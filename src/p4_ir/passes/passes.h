// The passes over a lowered program, in the order in which they run. Each is alone in a file of its name.
//
// A pass changes what procedures and parsers do inside, never what can be seen from outside: numbers of variables,
// headers, procedures, tables, externs and calls stay, tables and their actions stay, and what an architecture observes
// (observed.h) is the same at the end of each block and whenever the host is asked. None makes a program larger.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// Each says whether it changed anything.
bool fold_constants(Program& program);
bool remove_unreachable_code(Program& program);
bool inline_procedures(Program& program);
bool propagate_copies(Program& program);
bool remove_dead_assignments(Program& program);
bool remove_empty_statements(Program& program);

struct Pass {
  std::string_view name;  // as `--dump` takes it
  std::string_view what;  // a line about it
  bool (*run)(Program& program) = nullptr;
};
std::span<const Pass> pass_list();
// Null: there is none of this name.
const Pass* find_pass(std::string_view name);

struct PassOptions {
#ifdef NDEBUG
  bool verifies = false;
#else
  bool verifies = true;  // after each pass, if none was broken before; a bug of ours ends in check()
#endif
  // Told after each pass of each round; the first round is 1.
  std::function<void(const Pass& pass, uint32_t round, const Program& program)> after;
};
// The list again and again, until nothing changes or passes_rounds_max.
inline constexpr uint32_t pass_rounds_max = 3;
void run_passes(Program& program, const PassOptions& options = {});

// A copy with all passes run over it. Independent of the original.
std::unique_ptr<Program> optimised(const Program& program, const PassOptions& options = {});

}  // namespace outrigger::p4_ir
