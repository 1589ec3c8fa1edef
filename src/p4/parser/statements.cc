// Statements (P4-16 §11).
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {
namespace {

// The operator of a compound assignment; none for `=`. `>>=` is two tokens that touch.
struct AssignmentHere {
  std::optional<BinaryOperator> op;
  uint32_t tokens = 1;
};

std::optional<AssignmentHere> assignment_at(const TokenCursor& cursor) {
  const Token& token = cursor.peek();
  if (token.kind != TokenKind::Symbol) {
    return std::nullopt;
  }
  switch (static_cast<Symbol>(token.which)) {
    case Symbol::Assign: return AssignmentHere{};
    case Symbol::MultiplyAssign: return AssignmentHere{BinaryOperator::Multiply};
    case Symbol::DivideAssign: return AssignmentHere{BinaryOperator::Divide};
    case Symbol::ModuloAssign: return AssignmentHere{BinaryOperator::Modulo};
    case Symbol::PlusAssign: return AssignmentHere{BinaryOperator::Add};
    case Symbol::MinusAssign: return AssignmentHere{BinaryOperator::Subtract};
    case Symbol::PlusSaturatingAssign: return AssignmentHere{BinaryOperator::AddSaturating};
    case Symbol::MinusSaturatingAssign: return AssignmentHere{BinaryOperator::SubtractSaturating};
    case Symbol::ShiftLeftAssign: return AssignmentHere{BinaryOperator::ShiftLeft};
    case Symbol::AndAssign: return AssignmentHere{BinaryOperator::BitAnd};
    case Symbol::OrAssign: return AssignmentHere{BinaryOperator::BitOr};
    case Symbol::XorAssign: return AssignmentHere{BinaryOperator::BitXor};
    case Symbol::Greater:
      if (cursor.is_touching_next() && cursor.is(Symbol::GreaterEqual, 1)) {
        return AssignmentHere{BinaryOperator::ShiftRight, 2};
      }
      return std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace

BlockStatement* ProgramReader::read_block(Annotations annotations) {
  const Nesting nesting(*this);
  const Scope scope(*this);
  auto* const block = make<BlockStatement>(annotations.empty() ? begin() : annotations.front()->where.begin);
  block->annotations = std::move(annotations);
  read_block_statements(block->statements);
  return finished(block);
}

void ProgramReader::read_block_statements(std::vector<Statement*>& statements) {
  if (is_panicking()) {
    return;
  }
  read_braced("around the statements", [&] {
    Statement* const statement = read_statement();
    if (!is_panicking()) {
      statements.push_back(statement);
    }
  });
}

// Null while panicking.
Statement* ProgramReader::read_statement() {
  const Nesting nesting(*this);
  Annotations annotations = read_annotations();
  if (is_panicking()) {
    return nullptr;
  }
  if (is(Symbol::LeftBrace)) {
    return read_block(std::move(annotations));
  }
  if (is(Keyword::For)) {
    return read_for(std::move(annotations));
  }
  if (is(Keyword::Const) || is_declaration()) {
    return read_declaration_statement(std::move(annotations));
  }
  if (!annotations.empty()) {
    tell(annotations.front()->where, "an annotation may not stand before this kind of statement",
         "blocks, loops and declarations may have annotations");
  }
  if (is(Symbol::Semicolon)) {
    auto* const empty = make<EmptyStatement>(begin());
    take();
    return finished(empty);
  }
  if (peek().kind == TokenKind::Keyword && !is_name() && !is(Keyword::This)) {
    return read_keyword_statement();
  }
  const uint32_t first = begin();
  Statement* const statement = read_assignment_or_call();
  expect_semicolon("after the statement");
  if (is_panicking()) {
    return nullptr;
  }
  statement->where.begin = first;
  return finished(statement);
}

Statement* ProgramReader::read_keyword_statement() {
  switch (static_cast<Keyword>(peek().which)) {
    case Keyword::If: return read_conditional();
    case Keyword::Switch: return read_switch();
    case Keyword::Return: return read_return();
    case Keyword::Exit: return read_simple<ExitStatement>("exit");
    case Keyword::Break: return read_simple<BreakStatement>("break");
    case Keyword::Continue: return read_simple<ContinueStatement>("continue");
    case Keyword::Else: fail(peek().where, "this 'else' belongs to no 'if'"); return nullptr;
    case Keyword::Transition:
      fail(peek().where, "'transition' may only be the last statement of a parser's state");
      return nullptr;
    case Keyword::Action:
    case Keyword::Table:
      fail(peek().where, fmt::format("a declaration with '{}' may not stand among statements", peek().text),
           "declare it in the control, before 'apply'");
      return nullptr;
    default: fail_expected("a statement"); return nullptr;
  }
}

template <typename T>
Statement* ProgramReader::read_simple(std::string_view name) {
  auto* const statement = make<T>(begin());
  take();
  expect_semicolon(fmt::format("after '{}'", name));
  return finished(statement);
}

Statement* ProgramReader::read_return() {
  auto* const statement = make<ReturnStatement>(begin());
  take();
  if (!is(Symbol::Semicolon) && !is(Symbol::RightBrace)) {
    statement->result = read_expression();
  }
  expect_semicolon("after 'return'");
  return finished(statement);
}

// What `if` and `for` govern: a statement, but no declaration (its scope would be nothing).
Statement* ProgramReader::read_body(std::string_view of) {
  const Scope scope(*this);
  Statement* const body = read_statement();
  if (!is_panicking() && body->kind == StatementKind::Declaration) {
    tell(body->where, fmt::format("a declaration alone may not be the body of '{}'", of), "put it into a block: { … }");
  }
  return body;
}

// `else if` chains are read in a loop, but each link is a level of the tree.
Statement* ProgramReader::read_conditional() {
  std::vector<ConditionalStatement*> chain;
  const uint32_t depth_before = depth_;
  while (!is_panicking()) {
    auto* const conditional = make<ConditionalStatement>(begin());
    take();
    const uint32_t open = position();
    expect(Symbol::LeftParenthesis, "after 'if'");
    conditional->condition = read_expression();
    expect_closing(Symbol::RightParenthesis, open, "after the condition");
    conditional->if_true = read_body("if");
    if (!chain.empty()) {
      chain.back()->if_false = conditional;
    }
    chain.push_back(conditional);
    if (is_panicking() || !accept(Keyword::Else)) {
      break;
    }
    if (!is(Keyword::If)) {
      conditional->if_false = read_body("else");
      break;
    }
    go_deeper();
  }
  depth_ = depth_before;
  if (is_panicking()) {
    return nullptr;
  }
  for (ConditionalStatement* const conditional : chain) {
    finished(conditional);
  }
  return chain.front();
}

Statement* ProgramReader::read_switch() {
  auto* const statement = make<SwitchStatement>(begin());
  take();
  const uint32_t open = position();
  expect(Symbol::LeftParenthesis, "after 'switch'");
  statement->subject = read_expression();
  expect_closing(Symbol::RightParenthesis, open, "after the expression of 'switch'");
  if (is_panicking()) {
    return nullptr;
  }
  read_braced("around the cases of 'switch'", [&] {
    SwitchCase* const one = read_switch_case();
    if (!is_panicking()) {
      statement->cases.push_back(one);
    }
  });
  return finished(statement);
}

SwitchCase* ProgramReader::read_switch_case() {
  auto* const one = make<SwitchCase>(begin());
  if (is(Symbol::LeftBrace)) {
    fail_expected("a label of 'switch'", "a label is an expression or 'default', and ':' follows");
    return one;
  }
  if (!accept(Keyword::Default)) {
    one->label = read_expression();
  }
  expect(Symbol::Colon, "after the label");
  if (!is_panicking() && (is(Symbol::LeftBrace) || is(Symbol::At))) {
    one->block = read_block(read_annotations());
  }
  return finished(one);
}

Statement* ProgramReader::read_declaration_statement(Annotations annotations) {
  auto* const statement = make<DeclarationStatement>(annotations.empty() ? begin() : annotations.front()->where.begin);
  statement->declaration = is(Keyword::Const) ? read_constant(std::move(annotations))
                                              : read_variable_or_instantiation(std::move(annotations));
  return is_panicking() ? nullptr : finished(statement);
}

// left = right, left += right, call(…).
Statement* ProgramReader::read_assignment_or_call() {
  const uint32_t first = begin();
  const bool is_start = is_name() || is(Symbol::Dot) || is(Keyword::This) || is(Symbol::LeftParenthesis);
  if (!is_start || is(Keyword::List)) {
    fail_expected("a statement", is(Symbol::Underscore) ? "'_' may not be assigned to" : "");
    return nullptr;
  }
  Expression* const left = read_suffixes(read_primary());
  if (is_panicking()) {
    return nullptr;
  }
  if (assignment_at(*this).has_value()) {
    return read_assignment(left, first);
  }
  if (left->kind == ExpressionKind::Call) {
    auto* const statement = make<CallStatement>(first);
    statement->call = static_cast<CallExpression*>(left);
    return finished(statement);
  }
  if (left->kind == ExpressionKind::Construct) {
    fail_expected(fmt::format("the name of the instance after '{}'", source().text(left->where)));
  } else if (is(Symbol::Equal)) {
    fail(peek().where, "a comparison alone is no statement", "an assignment is written with '='");
  } else {
    fail_expected(fmt::format("'=' or '(' after '{}'", source().text(left->where)),
                  "a statement is an assignment or a call");
  }
  return nullptr;
}

Statement* ProgramReader::read_assignment(Expression* left, uint32_t first) {
  const auto here = *assignment_at(*this);
  auto* const assignment = make<AssignmentStatement>(first);
  for (uint32_t i = 0; i < here.tokens; ++i) {
    take();
  }
  assignment->left = left;
  assignment->op = here.op;
  assignment->right = read_expression();
  return is_panicking() ? nullptr : finished(assignment);
}

}  // namespace outrigger::p4
