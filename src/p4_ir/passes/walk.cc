// Walking over a program's statements: see walk.h.
#include "p4_ir/passes/walk.h"

#include <algorithm>
#include <unordered_set>

namespace outrigger::p4_ir {
namespace {

void visit_argument_values(ExternArgument& argument, const VisitValue& visit) {
  if (argument.kind == ExternArgument::Kind::Value) {
    for (ExternArgument::Part& part : argument.parts) {
      if (as<Read>(part.value) == nullptr) {
        visit(part.value);
      }
    }
  }
  for (const Expression*& valid : argument.header_valid) {
    visit(valid);
  }
}

class Reads {
 public:
  explicit Reads(const VisitVariable& visit) : visit_(visit) {}
  void walk(const Expression& expression) {
    switch (expression.kind) {
      case ExpressionKind::Constant: return;
      case ExpressionKind::Read: return visit_(as<Read>(&expression)->variable);
      case ExpressionKind::VarbitSize: return visit_(as<VarbitSize>(&expression)->variable);
      default: break;
    }
    if (!seen_.insert(&expression).second) {  // expressions may share parts
      return;
    }
    switch (expression.kind) {
      case ExpressionKind::Unary: return walk(*as<Unary>(&expression)->operand);
      case ExpressionKind::Slice: return walk(*as<Slice>(&expression)->operand);
      case ExpressionKind::Resize: return walk(*as<Resize>(&expression)->operand);
      case ExpressionKind::Binary: walk(*as<Binary>(&expression)->left); return walk(*as<Binary>(&expression)->right);
      case ExpressionKind::Concatenate:
        walk(*as<Concatenate>(&expression)->high);
        return walk(*as<Concatenate>(&expression)->low);
      default: {
        const auto* choice = as<Choose>(&expression);
        walk(*choice->condition);
        walk(*choice->if_true);
        return walk(*choice->if_false);
      }
    }
  }

 private:
  const VisitVariable& visit_;
  std::unordered_set<const Expression*> seen_;
};

void read_argument(const ExternArgument& argument, const VisitVariable& visit) {
  for (const ExternArgument::Part& part : argument.parts) {
    if (part.value != nullptr) {
      for_each_read(*part.value, visit);
    }
  }
  for (const Expression* valid : argument.header_valid) {
    for_each_read(*valid, visit);
  }
}

void write_argument(const ExternArgument& argument, const VisitVariable& visit) {
  if (argument.kind == ExternArgument::Kind::Result || argument.kind == ExternArgument::Kind::Both) {
    for (const ExternArgument::Part& part : argument.parts) {
      visit(part.variable);
    }
  }
}

void write_header(const Header& header, const VisitVariable& visit) {
  std::for_each(header.fields.begin(), header.fields.end(), visit);
  visit(header.valid);
}

}  // namespace

void for_each_value(Statement& statement, const VisitValue& visit) {
  switch (statement.kind) {
    case StatementKind::Assign: return visit(as<Assign>(&statement)->value);
    case StatementKind::If: return visit(as<If>(&statement)->condition);
    case StatementKind::Switch: return visit(as<Switch>(&statement)->subject);
    case StatementKind::Advance: return visit(as<Advance>(&statement)->bits);
    case StatementKind::Extract:
      if (as<Extract>(&statement)->varbit_size != nullptr) {
        visit(as<Extract>(&statement)->varbit_size);
      }
      return;
    case StatementKind::Verify: visit(as<Verify>(&statement)->condition); return visit(as<Verify>(&statement)->error);
    case StatementKind::CallExtern:
      for (ExternArgument& argument : as<CallExtern>(&statement)->arguments) {
        visit_argument_values(argument, visit);
      }
      return;
    default: return;
  }
}

void for_each_value(ParserState& state, const VisitValue& visit) {
  for (const Expression*& selected : state.selected) {
    visit(selected);
  }
  for (SelectCase& one : state.cases) {
    for (Keyset& keyset : one.keysets) {
      for (const Expression** value : {&keyset.value, &keyset.mask}) {
        if (*value != nullptr) {
          visit(*value);
        }
      }
    }
  }
}

void for_each_read(const Expression& expression, const VisitVariable& visit) { Reads(visit).walk(expression); }

void for_each_read(const Program& program, const Statement& statement, const VisitVariable& visit) {
  for_each_value(const_cast<Statement&>(statement), [&](const Expression* value) { for_each_read(*value, visit); });
  switch (statement.kind) {
    case StatementKind::AssignVarbit: return visit(as<AssignVarbit>(&statement)->from);
    case StatementKind::ApplyTable:
      for (const TableKey& key : program.at(as<ApplyTable>(&statement)->table).keys) {
        for_each_read(*key.value, visit);
      }
      return;
    case StatementKind::CallExtern:
      for (const ExternArgument& argument : as<CallExtern>(&statement)->arguments) {
        read_argument(argument, visit);
      }
      return;
    case StatementKind::Emit: return write_header(program.at(as<Emit>(&statement)->header), visit);
    default: return;
  }
}

void for_each_read(const ParserState& state, const VisitVariable& visit) {
  for_each_value(const_cast<ParserState&>(state), [&](const Expression* value) { for_each_read(*value, visit); });
}

void for_each_write(const Program& program, const Statement& statement, const VisitVariable& visit) {
  if (may_reject(statement)) {
    visit(program.parser_error);
  }
  switch (statement.kind) {
    case StatementKind::Assign: return visit(as<Assign>(&statement)->variable);
    case StatementKind::AssignVarbit: return visit(as<AssignVarbit>(&statement)->variable);
    case StatementKind::Extract: return write_header(program.at(as<Extract>(&statement)->header), visit);
    case StatementKind::Lookahead: {
      const auto& variables = as<Lookahead>(&statement)->variables;
      std::for_each(variables.begin(), variables.end(), visit);
      return;
    }
    case StatementKind::ApplyTable: {
      const auto* apply = as<ApplyTable>(&statement);
      if (apply->has_hit) {
        visit(apply->hit);
      }
      if (apply->has_action_run) {
        visit(apply->action_run);
      }
      for (const TableAction& action : program.at(apply->table).actions) {
        for (const ActionParameter& parameter : action.parameters) {
          visit(parameter.variable);
        }
      }
      return;
    }
    case StatementKind::CallExtern:
      for (const ExternArgument& argument : as<CallExtern>(&statement)->arguments) {
        write_argument(argument, visit);
      }
      return write_argument(as<CallExtern>(&statement)->result, visit);
    default: return;
  }
}

bool never_goes_on(const Statements& statements) {
  if (statements.empty()) {
    return false;
  }
  const Statement& last = *statements.back();
  if (const auto* test = as<If>(&last)) {
    return never_goes_on(test->if_true) && never_goes_on(test->if_false);
  }
  return last.kind == StatementKind::Return || last.kind == StatementKind::Break ||
         last.kind == StatementKind::Continue;
}

bool asks_host(const Statement& statement) {
  if (const auto* call = as<CallExtern>(&statement)) {
    return call->name != packet_length_name;
  }
  return statement.kind == StatementKind::ApplyTable;
}

bool may_reject(const Statement& statement) {
  return statement.kind == StatementKind::Extract || statement.kind == StatementKind::Advance ||
         statement.kind == StatementKind::Lookahead || statement.kind == StatementKind::Verify ||
         statement.kind == StatementKind::CallParser;
}

}  // namespace outrigger::p4_ir
