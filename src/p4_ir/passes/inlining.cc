// The pass inlining: a procedure that exactly one call leads to, and that has no Return, takes the place of that call.
// What was argument, parameter and result then stands in one list, where copies and dead assignments are seen.
#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

// Lists stay shallow enough for whoever walks them by recursion, and joining them takes time in proportion.
constexpr uint32_t depth_max = 64;
constexpr uint32_t statements_max = 2000;

class Inlining {
 public:
  explicit Inlining(Program& program) : program_(program), uses_(program.procedures.size()) {}
  bool run();

 private:
  void count_uses();
  bool fits(const Statements& body, uint32_t depth, uint32_t& statements) const;
  void inline_in(Statements& list, uint32_t depth);

  Program& program_;
  std::vector<uint32_t> uses_;
  bool has_changed_ = false;
};

// Blocks, tables and externs use what they name more than once: its name stays.
void Inlining::count_uses() {
  const auto use = [&](ProcedureId procedure, uint32_t times) { uses_[index_of(procedure)] += times; };
  for_each_body(program_, [&](const Statements& list) {
    for_each_statement(list, [&](const Statement& statement) {
      if (const auto* call = as<Call>(&statement)) {
        use(call->procedure, 1);
      }
    });
  });
  for (const Block& block : program_.blocks) {
    if (block.procedure.has_value()) {
      use(*block.procedure, 2);
    }
  }
  for (const Table& table : program_.tables) {
    for (const TableAction& action : table.actions) {
      use(action.body, 2);
    }
  }
  for (const Extern& one : program_.externs) {
    for (const auto& [name, procedure] : one.abstract_methods) {
      use(procedure, 2);
    }
  }
}

bool Inlining::fits(const Statements& body, uint32_t depth, uint32_t& statements) const {
  statements += static_cast<uint32_t>(body.size());
  bool all_fit = depth < depth_max && statements <= statements_max;
  for (size_t i = 0; all_fit && i < body.size(); ++i) {
    all_fit = body[i]->kind != StatementKind::Return;
    for_each_list(*body[i], [&](const Statements& list) { all_fit = all_fit && fits(list, depth + 1, statements); });
  }
  return all_fit;
}

void Inlining::inline_in(Statements& list, uint32_t depth) {
  for (size_t i = 0; i < list.size(); ++i) {
    const auto* call = as<Call>(list[i]);
    if (call != nullptr && uses_[index_of(call->procedure)] == 1) {
      Statements& body = program_.procedures[index_of(call->procedure)].body;
      uint32_t statements = 0;
      if (fits(body, depth, statements)) {
        const Statements moved = std::move(body);
        body.clear();
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
        list.insert(list.begin() + static_cast<std::ptrdiff_t>(i), moved.begin(), moved.end());
        has_changed_ = true;
        --i;  // what was moved may call, too
        continue;
      }
    }
    for_each_list(*list[i], [&](Statements& inner) { inline_in(inner, depth + 1); });
  }
}

bool Inlining::run() {
  count_uses();
  for_each_body(program_, [&](Statements& list) { inline_in(list, 0); });
  return has_changed_;
}

}  // namespace

bool inline_procedures(Program& program) { return Inlining(program).run(); }

}  // namespace outrigger::p4_ir
