// What statements read and write: see effects.h.
#include "p4_ir/passes/effects.h"

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {

EffectsOf::EffectsOf(const Program& program)
    : program_(program), procedures_(program.procedures.size()), parsers_(program.parsers.size()) {
  unknown_.is_unknown = true;
  unknown_.may_reject = true;
}

Effects EffectsOf::of(const Statement& statement) {
  Effects made;
  add(statement, made);
  return made;
}

Effects EffectsOf::of(const Statements& statements) {
  Effects made;
  add(statements, made);
  return made;
}

void EffectsOf::merge(const Effects& callee, Effects& into) {
  into.is_unknown |= callee.is_unknown || into.reads.size() > variables_max || into.writes.size() > variables_max;
  into.asks_host |= callee.asks_host;
  into.may_reject |= callee.may_reject;
  if (!into.is_unknown) {
    into.reads.insert(callee.reads.begin(), callee.reads.end());
    into.writes.insert(callee.writes.begin(), callee.writes.end());
  }
}

void EffectsOf::add(const Statements& statements, Effects& into) {
  for (const Statement* statement : statements) {
    add(*statement, into);
  }
}

void EffectsOf::add(const Statement& statement, Effects& into) {
  into.asks_host |= asks_host(statement);
  into.may_reject |= may_reject(statement);
  into.may_jump |= statement.kind == StatementKind::Return || statement.kind == StatementKind::Break ||
                   statement.kind == StatementKind::Continue;
  into.is_unknown |= into.reads.size() > variables_max || into.writes.size() > variables_max;
  if (!into.is_unknown) {
    for_each_read(program_, statement, [&](VariableId variable) { into.reads.insert(index_of(variable)); });
    for_each_write(program_, statement, [&](VariableId variable) { into.writes.insert(index_of(variable)); });
  }
  add_callees(statement, into);
  for_each_list(statement, [&](const Statements& list) { add(list, into); });
}

void EffectsOf::add_callees(const Statement& statement, Effects& into) {
  if (const auto* call = as<Call>(&statement)) {
    merge(of(call->procedure), into);
  } else if (const auto* parser = as<CallParser>(&statement)) {
    merge(of(parser->parser), into);
  } else if (const auto* apply = as<ApplyTable>(&statement)) {
    for (const TableAction& action : program_.at(apply->table).actions) {
      merge(of(action.body), into);
    }
  }
}

const Effects& EffectsOf::of(ProcedureId procedure) {
  std::optional<Effects>& known = procedures_[index_of(procedure)];
  if (known.has_value()) {
    return *known;
  }
  if (call_depth_ == call_depth_max) {
    return unknown_;
  }
  ++call_depth_;
  Effects made;
  add(program_.at(procedure).body, made);
  --call_depth_;
  known = std::move(made);
  return *known;
}

const Effects& EffectsOf::of(ParserId parser) {
  std::optional<Effects>& known = parsers_[index_of(parser)];
  if (known.has_value()) {
    return *known;
  }
  if (call_depth_ == call_depth_max) {
    return unknown_;
  }
  ++call_depth_;
  Effects made;
  made.may_reject = true;
  made.writes.insert(index_of(program_.parser_error));
  add(program_.at(parser).prologue, made);
  for (const ParserState& state : program_.at(parser).states) {
    add(state.statements, made);
    for_each_read(state, [&](VariableId variable) { made.reads.insert(index_of(variable)); });
    for (const SelectCase& one : state.cases) {
      made.asks_host |= one.value_set.has_value();
      for (const Keyset& keyset : one.keysets) {
        made.asks_host |= keyset.kind == Keyset::Kind::InSet;
      }
    }
  }
  --call_depth_;
  known = std::move(made);
  return *known;
}

}  // namespace outrigger::p4_ir
