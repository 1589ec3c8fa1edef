// The pass inlining: a procedure that exactly one call leads to, and that has no Return, takes the place of that call;
// one that is a few assignments is copied to each call. What was argument, parameter and result then stands in one
// list, where copies and dead assignments are seen.
#include <algorithm>

#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

// Lists stay shallow enough for whoever walks them by recursion, and joining them takes time in proportion.
constexpr uint32_t depth_max = 64;
constexpr uint32_t statements_max = 2000;
// Of a procedure that is copied.
constexpr size_t assignments_max = 8;

class Inlining {
 public:
  explicit Inlining(Program& program) : program_(program), uses_(program.procedures.size()) {}
  bool run();

 private:
  void count_uses();
  bool fits(const Statements& body, uint32_t depth, uint32_t& statements) const;
  bool is_copied(ProcedureId procedure) const;
  void copy_to(Statements& list, size_t place);
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

bool Inlining::is_copied(ProcedureId procedure) const {
  const Statements& body = program_.at(procedure).body;
  return uses_[index_of(procedure)] > 1 && body.size() <= assignments_max &&
         std::ranges::all_of(body, [](const Statement* one) { return one->kind == StatementKind::Assign; });
}

// Passes change statements where they stand: each call gets its own.
void Inlining::copy_to(Statements& list, size_t place) {
  const ProcedureId procedure = as<Call>(list[place])->procedure;
  Statements copies;
  for (const Statement* statement : program_.at(procedure).body) {
    const auto* assign = as<Assign>(statement);
    copies.push_back(program_.statement<Assign>(assign->variable, assign->value));
  }
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(place));
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(place), copies.begin(), copies.end());
  has_changed_ = true;
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
    if (call != nullptr && is_copied(call->procedure)) {
      const size_t size = program_.at(call->procedure).body.size();
      copy_to(list, i);
      i += size - 1;  // wraps round where there was nothing
      continue;
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
