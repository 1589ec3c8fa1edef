// The pass empty_statements: an `if` or `switch` with nothing inside, a call of a procedure that does nothing, a
// variable assigned to itself. An `if` with nothing but an `else` is turned round.
#include <algorithm>

#include "p4_ir/passes/fold.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

bool does_nothing(const Program& program, const Statement& statement) {
  if (const auto* assign = as<Assign>(&statement)) {
    const auto* read = as<Read>(assign->value);
    return read != nullptr && read->variable == assign->variable;
  }
  if (const auto* assign = as<AssignVarbit>(&statement)) {
    return assign->variable == assign->from;
  }
  if (const auto* call = as<Call>(&statement)) {
    return program.at(call->procedure).body.empty();
  }
  if (statement.kind != StatementKind::If && statement.kind != StatementKind::Switch) {
    return false;
  }
  bool is_empty = true;
  for_each_list(statement, [&](const Statements& list) { is_empty &= list.empty(); });
  return is_empty;
}

bool remove_empty(Program& program, Statements& statements) {
  bool has_changed = false;
  for (Statement* statement : statements) {
    for_each_list(*statement, [&](Statements& list) { has_changed |= remove_empty(program, list); });
    if (auto* test = as<If>(statement); test != nullptr && test->if_true.empty() && !test->if_false.empty()) {
      test->condition = inverted(program, test->condition);
      test->if_true.swap(test->if_false);
      has_changed = true;
    }
  }
  return std::erase_if(statements, [&](const Statement* one) { return does_nothing(program, *one); }) > 0 ||
         has_changed;
}

}  // namespace

bool remove_empty_statements(Program& program) {
  bool has_changed = false;
  for_each_body(program, [&](Statements& list) { has_changed |= remove_empty(program, list); });
  return has_changed;
}

}  // namespace outrigger::p4_ir
