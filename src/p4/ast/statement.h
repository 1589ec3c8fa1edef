// Statements (P4-16 §11), and a parser's states with their transitions (§12).
#pragma once

#include <optional>
#include <vector>

#include "p4/ast/expression.h"

namespace outrigger::p4 {

struct ParserState;

enum class StatementKind {
  Block,
  Empty,
  Assignment,
  Call,
  Conditional,
  Switch,
  Return,
  Exit,
  For,
  ForIn,
  Break,
  Continue,
  Declaration,
};

struct Statement : Node {
  explicit Statement(StatementKind of_kind) : kind(of_kind) {}
  const StatementKind kind;
};

struct BlockStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Block;
  BlockStatement() : Statement(Kind) {}
  std::vector<Annotation*> annotations;
  std::vector<Statement*> statements;
};

struct EmptyStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Empty;
  EmptyStatement() : Statement(Kind) {}
};

// left = right, left += right …
struct AssignmentStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Assignment;
  AssignmentStatement() : Statement(Kind) {}
  Expression* left = nullptr;
  std::optional<BinaryOperator> op;  // of a compound assignment
  Expression* right = nullptr;
};

// A call; also `T.apply(…)`, a direct application (§15.1), whose callee is a TypeMemberExpression.
struct CallStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Call;
  CallStatement() : Statement(Kind) {}
  CallExpression* call = nullptr;
};

struct ConditionalStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Conditional;
  ConditionalStatement() : Statement(Kind) {}
  Expression* condition = nullptr;
  Statement* if_true = nullptr;
  Statement* if_false = nullptr;  // may be null
};

struct SwitchCase : Node {
  Expression* label = nullptr;      // null: default. For action_run a NameExpression that names the action
  BlockStatement* block = nullptr;  // null: falls through to the next
};

struct SwitchStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Switch;
  SwitchStatement() : Statement(Kind) {}
  Expression* subject = nullptr;
  std::vector<SwitchCase*> cases;
};

struct ReturnStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Return;
  ReturnStatement() : Statement(Kind) {}
  Expression* result = nullptr;  // may be null
};

struct ExitStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Exit;
  ExitStatement() : Statement(Kind) {}
};

// for (initial; condition; update) body. `initial` may declare variables.
struct ForStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::For;
  ForStatement() : Statement(Kind) {}
  std::vector<Annotation*> annotations;
  std::vector<Statement*> initial;
  Expression* condition = nullptr;
  std::vector<Statement*> update;
  Statement* body = nullptr;
};

// for (type name in from .. to) body, or over a stack, list or tuple-like expression; or over an existing l-value.
struct ForInStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::ForIn;
  ForInStatement() : Statement(Kind) {}
  std::vector<Annotation*> annotations;
  Declaration* variable = nullptr;  // a VariableDeclaration; null when `variable_use` is given
  Expression* variable_use = nullptr;
  Expression* collection = nullptr;  // a Range, or any expression
  Statement* body = nullptr;
};

struct BreakStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Break;
  BreakStatement() : Statement(Kind) {}
};

struct ContinueStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Continue;
  ContinueStatement() : Statement(Kind) {}
};

// A variable, constant or instantiation among statements.
struct DeclarationStatement : Statement {
  static constexpr StatementKind Kind = StatementKind::Declaration;
  DeclarationStatement() : Statement(Kind) {}
  Declaration* declaration = nullptr;
};

// keyset : state
struct SelectCase : Node {
  std::vector<Expression*>
      keysets;  // one for each selected expression; or one DontCare for all; a name may be a value set
  Name state;
  // Filled in by the checker; null for accept and reject.
  ParserState* target = nullptr;
};

// How a state ends (§12.5): to one state, or by select.
struct Transition : Node {
  Name state;                         // when it is not a select
  std::vector<Expression*> selected;  // of a select
  std::vector<SelectCase*> cases;
  bool is_select = false;
  // Filled in by the checker; null for accept and reject.
  ParserState* target = nullptr;
};

}  // namespace outrigger::p4
