// Program::clone(). Parts of expressions that are shared stay shared.
#include <algorithm>
#include <unordered_map>

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

class Cloner {
 public:
  explicit Cloner(Program& into) : into_(into) {}
  // The expression becomes a copy of what it was; null stays.
  void clone(const Expression*& expression) {
    if (expression == nullptr) {
      return;
    }
    if (const auto known = copies_.find(expression); known != copies_.end()) {
      expression = known->second;
      return;
    }
    const Expression* const made = copy(*expression);
    copies_.emplace(expression, made);
    expression = made;
  }
  // The list's statements become copies of what they were; so do those inside.
  void clone(Statements& statements) {
    for (Statement*& statement : statements) {
      statement = clone(*statement);
    }
  }

 private:
  template <typename T>
  T* copy(const Statement& statement) {
    return into_.statement<T>(static_cast<const T&>(statement));
  }
  const Expression* copied(const Expression* expression) {
    clone(expression);
    return expression;
  }
  const Expression* copy(const Expression& expression);
  Statement* clone(const Statement& statement);
  Statement* clone_compound(const Statement& statement);
  Statement* clone_extern_call(const Statement& statement);
  Statement* copy(const Statement& statement);

  Program& into_;
  std::unordered_map<const Expression*, const Expression*> copies_;
};

const Expression* Cloner::copy(const Expression& expression) {
  switch (expression.kind) {
    case ExpressionKind::Constant: return into_.expression<Constant>(as<Constant>(&expression)->value);
    case ExpressionKind::Read: return into_.expression<Read>(as<Read>(&expression)->variable, expression.width);
    case ExpressionKind::VarbitSize: return into_.expression<VarbitSize>(as<VarbitSize>(&expression)->variable);
    case ExpressionKind::Unary: {
      const auto* of = as<Unary>(&expression);
      return into_.expression<Unary>(of->op, copied(of->operand));
    }
    case ExpressionKind::Binary: {
      const auto* of = as<Binary>(&expression);
      return into_.expression<Binary>(of->op, copied(of->left), copied(of->right));
    }
    case ExpressionKind::Slice: {
      const auto* of = as<Slice>(&expression);
      return into_.expression<Slice>(copied(of->operand), of->high, of->low);
    }
    case ExpressionKind::Concatenate: {
      const auto* of = as<Concatenate>(&expression);
      return into_.expression<Concatenate>(copied(of->high), copied(of->low));
    }
    case ExpressionKind::Resize: {
      const auto* of = as<Resize>(&expression);
      return into_.expression<Resize>(copied(of->operand), expression.width, of->is_signed);
    }
    case ExpressionKind::Choose: break;
  }
  const auto* of = as<Choose>(&expression);
  return into_.expression<Choose>(copied(of->condition), copied(of->if_true), copied(of->if_false));
}

Statement* Cloner::clone_compound(const Statement& statement) {
  if (statement.kind == StatementKind::If) {
    auto* made = copy<If>(statement);
    clone(made->if_true);
    clone(made->if_false);
    return made;
  }
  if (statement.kind == StatementKind::Switch) {
    auto* made = copy<Switch>(statement);
    for (Switch::Case& one : made->cases) {
      clone(one.body);
    }
    clone(made->otherwise);
    return made;
  }
  auto* made = copy<Loop>(statement);
  clone(made->body);
  clone(made->update);
  return made;
}

Statement* Cloner::clone_extern_call(const Statement& statement) {
  auto* made = copy<CallExtern>(statement);
  const auto clone_argument = [&](ExternArgument& argument) {
    for (ExternArgument::Part& part : argument.parts) {
      clone(part.value);
    }
    for (const Expression*& valid : argument.header_valid) {
      clone(valid);
    }
  };
  std::for_each(made->arguments.begin(), made->arguments.end(), clone_argument);
  clone_argument(made->result);
  return made;
}

Statement* Cloner::clone(const Statement& statement) {
  if (statement.kind == StatementKind::CallExtern) {
    return clone_extern_call(statement);
  }
  Statement* const made = copy(statement);
  for_each_value(*made, [&](const Expression*& value) { clone(value); });
  return made;
}

Statement* Cloner::copy(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Assign: return copy<Assign>(statement);
    case StatementKind::AssignVarbit: return copy<AssignVarbit>(statement);
    case StatementKind::If:
    case StatementKind::Switch:
    case StatementKind::Loop:
    case StatementKind::CallExtern: break;
    case StatementKind::Break: return copy<Break>(statement);
    case StatementKind::Continue: return copy<Continue>(statement);
    case StatementKind::Return: return copy<Return>(statement);
    case StatementKind::Call: return copy<Call>(statement);
    case StatementKind::ApplyTable: return copy<ApplyTable>(statement);
    case StatementKind::Extract: return copy<Extract>(statement);
    case StatementKind::Advance: return copy<Advance>(statement);
    case StatementKind::Lookahead: return copy<Lookahead>(statement);
    case StatementKind::Verify: return copy<Verify>(statement);
    case StatementKind::CallParser: return copy<CallParser>(statement);
    case StatementKind::Emit: return copy<Emit>(statement);
  }
  return clone_compound(statement);
}

}  // namespace

std::unique_ptr<Program> Program::clone() const {
  auto made = std::make_unique<Program>();
  static_cast<ProgramParts&>(*made) = *this;
  made->variables_by_name_ = variables_by_name_;
  Cloner cloner(*made);
  for (Procedure& procedure : made->procedures) {
    cloner.clone(procedure.body);
  }
  for (Parser& parser : made->parsers) {
    cloner.clone(parser.prologue);
    for (ParserState& state : parser.states) {
      cloner.clone(state.statements);
      for_each_value(state, [&](const Expression*& value) { cloner.clone(value); });
    }
  }
  for (Table& table : made->tables) {
    for (TableKey& key : table.keys) {
      cloner.clone(key.value);
    }
  }
  return made;
}

}  // namespace outrigger::p4_ir
