// Expressions (P4-16 §8): precedence climbing; operators and what stands behind an operand.
#include <fmt/format.h>

#include <algorithm>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {
namespace {

// Loosest first, as in the grammar's appendix; `?:` is looser than all.
enum Precedence : int { OrOr = 1, AndAnd, Equality, Comparison, BitOr, BitXor, BitAnd, Shift, Sum, Product };

struct OperatorHere {
  BinaryOperator op;
  int precedence;
  uint32_t tokens = 1;
};

std::optional<OperatorHere> binary_operator(Symbol symbol) {
  switch (symbol) {
    case Symbol::OrOr: return OperatorHere{BinaryOperator::Or, OrOr};
    case Symbol::AndAnd: return OperatorHere{BinaryOperator::And, AndAnd};
    case Symbol::Equal: return OperatorHere{BinaryOperator::Equal, Equality};
    case Symbol::NotEqual: return OperatorHere{BinaryOperator::NotEqual, Equality};
    case Symbol::Less: return OperatorHere{BinaryOperator::Less, Comparison};
    case Symbol::LessEqual: return OperatorHere{BinaryOperator::LessEqual, Comparison};
    case Symbol::Greater: return OperatorHere{BinaryOperator::Greater, Comparison};
    case Symbol::GreaterEqual: return OperatorHere{BinaryOperator::GreaterEqual, Comparison};
    case Symbol::Or: return OperatorHere{BinaryOperator::BitOr, BitOr};
    case Symbol::Xor: return OperatorHere{BinaryOperator::BitXor, BitXor};
    case Symbol::And: return OperatorHere{BinaryOperator::BitAnd, BitAnd};
    case Symbol::ShiftLeft: return OperatorHere{BinaryOperator::ShiftLeft, Shift};
    case Symbol::PlusPlus: return OperatorHere{BinaryOperator::Concatenate, Sum};
    case Symbol::Plus: return OperatorHere{BinaryOperator::Add, Sum};
    case Symbol::Minus: return OperatorHere{BinaryOperator::Subtract, Sum};
    case Symbol::PlusSaturating: return OperatorHere{BinaryOperator::AddSaturating, Sum};
    case Symbol::MinusSaturating: return OperatorHere{BinaryOperator::SubtractSaturating, Sum};
    case Symbol::Multiply: return OperatorHere{BinaryOperator::Multiply, Product};
    case Symbol::Divide: return OperatorHere{BinaryOperator::Divide, Product};
    case Symbol::Modulo: return OperatorHere{BinaryOperator::Modulo, Product};
    default: return std::nullopt;
  }
}

// The operator at the cursor: `>>` is two tokens that touch; `a[low+:width]` has no `+`, and `>>=` is an assignment.
std::optional<OperatorHere> operator_at(const TokenCursor& cursor) {
  const Token& token = cursor.peek();
  if (token.kind != TokenKind::Symbol || (token.is(Symbol::Plus) && cursor.is(Symbol::Colon, 1))) {
    return std::nullopt;
  }
  if (token.is(Symbol::Greater) && cursor.is_touching_next()) {
    if (cursor.is(Symbol::Greater, 1)) {
      return OperatorHere{BinaryOperator::ShiftRight, Shift, 2};
    }
    if (cursor.is(Symbol::GreaterEqual, 1)) {
      return std::nullopt;
    }
  }
  return binary_operator(static_cast<Symbol>(token.which));
}

}  // namespace

uint32_t ProgramReader::grown(uint32_t height) {
  if (depth_ + height >= nesting_depth_max) {
    fail(previous().where, fmt::format("this expression is nested more than {} deep", nesting_depth_max),
         "compute parts of it into variables or constants");
  }
  return height + 1;
}

Expression* ProgramReader::read_expression() {
  const Nesting nesting(*this);
  const uint32_t first = begin();
  Expression* const condition = read_binary(OrOr);
  if (is_panicking() || !is(Symbol::Question)) {
    return condition;
  }
  uint32_t height = height_;
  auto* const conditional = make<ConditionalExpression>(first);
  take();
  conditional->condition = condition;
  conditional->if_true = read_expression();
  height = std::max(height, height_);
  expect(Symbol::Colon, "between the two values of '?'");
  conditional->if_false = read_expression();
  height_ = grown(std::max(height, height_));
  return finished(conditional);
}

// Operators of a precedence from `precedence_min` up, all of them left-associative.
Expression* ProgramReader::read_binary(int precedence_min) {
  const Nesting nesting(*this);
  const uint32_t first = begin();
  Expression* left = read_prefix();
  uint32_t height = height_;
  while (!is_panicking()) {
    const auto here = operator_at(*this);
    if (!here.has_value() || here->precedence < precedence_min) {
      break;
    }
    auto* const binary = make<BinaryExpression>(first);
    for (uint32_t i = 0; i < here->tokens; ++i) {
      take();
    }
    binary->op = here->op;
    binary->left = left;
    binary->right = read_binary(here->precedence + 1);
    height = grown(std::max(height, height_));
    left = finished(binary);
  }
  height_ = height;
  return is_panicking() ? nothing() : left;
}

Expression* ProgramReader::read_prefix() {
  const Nesting nesting(*this);
  if (is_panicking()) {
    return nothing();
  }
  std::optional<UnaryOperator> op;
  if (is(Symbol::Minus)) {
    op = UnaryOperator::Negate;
  } else if (is(Symbol::Plus)) {
    op = UnaryOperator::Plus;
  } else if (is(Symbol::Tilde)) {
    op = UnaryOperator::Complement;
  } else if (is(Symbol::Not)) {
    op = UnaryOperator::Not;
  } else if (is_cast()) {
    return read_cast();
  } else {
    return read_suffixes(read_primary());
  }
  auto* const unary = make<UnaryExpression>(begin());
  take();
  unary->op = *op;
  unary->operand = read_prefix();
  height_ = grown(height_);
  return finished(unary);
}

// `(` type `)`: known by what is a type.
bool ProgramReader::is_cast() const {
  if (!is(Symbol::LeftParenthesis)) {
    return false;
  }
  const uint32_t end = after_type(position() + 1, false);
  return end != none && token(end).is(Symbol::RightParenthesis);
}

Expression* ProgramReader::read_cast() {
  auto* const cast = make<CastExpression>(begin());
  const uint32_t open = position();
  take();
  cast->to = read_type();
  expect_closing(Symbol::RightParenthesis, open, "after the type of the cast");
  cast->operand = read_prefix();
  height_ = grown(height_);
  return finished(cast);
}

// .member, [index], [high:low], (arguments), <types>(arguments), as many as there are.
Expression* ProgramReader::read_suffixes(Expression* base) {
  while (!is_panicking()) {
    const uint32_t height = height_;
    if (is(Symbol::Dot)) {
      auto* const member = make<MemberExpression>(base->where.begin);
      take();
      member->base = base;
      member->member = expect_name("the member after '.'");
      base = finished(member);
    } else if (is(Symbol::LeftBracket)) {
      base = read_bracket(base);
    } else if (is(Symbol::LeftParenthesis) || is_call_with_types()) {
      base = read_call(base);
    } else {
      return base;
    }
    height_ = grown(std::max(height, height_));
  }
  return nothing();
}

Expression* ProgramReader::read_bracket(Expression* base) {
  const uint32_t open = position();
  take();
  Expression* const first = read_expression();
  const uint32_t height = height_;
  const bool is_plus = is(Symbol::Plus) && is(Symbol::Colon, 1);
  if (is_plus) {
    take();
  }
  if (!is(Symbol::Colon)) {
    auto* const index = make<IndexExpression>(base->where.begin);
    index->base = base;
    index->index = first;
    expect_closing(Symbol::RightBracket, open, "after the index");
    return finished(index);
  }
  auto* const slice = make<SliceExpression>(base->where.begin);
  take();
  slice->base = base;
  slice->high = first;
  slice->low = read_expression();
  slice->is_plus = is_plus;
  height_ = std::max(height, height_);
  expect_closing(Symbol::RightBracket, open, "after the slice");
  return finished(slice);
}

// After an expression, `<` begins type arguments when what follows are types, and then `>` and `(`. A single name that
// nobody declared is taken for a type too: as a comparison it could not be right either.
bool ProgramReader::is_call_with_types() const {
  if (!is(Symbol::Less)) {
    return false;
  }
  const uint32_t end = after_type_arguments(position(), false);
  if (end != none) {
    return token(end).is(Symbol::LeftParenthesis);
  }
  return peek(1).kind == TokenKind::Identifier && names_.of(peek(1).text) == NameKind::Unknown &&
         is(Symbol::Greater, 2) && is(Symbol::LeftParenthesis, 3);
}

Expression* ProgramReader::read_call(Expression* callee) {
  auto* const call = make<CallExpression>(callee->where.begin);
  call->callee = callee;
  const uint32_t open = position();
  if (accept(Symbol::Less)) {
    call->has_type_arguments = true;
    call->type_arguments = read_type_arguments(open);
  }
  call->arguments = read_arguments();
  return finished(call);
}

// After an error among the arguments, reading goes on behind them.
std::vector<Argument> ProgramReader::read_arguments() {
  std::vector<Argument> arguments;
  const uint32_t open = position();
  if (!expect(Symbol::LeftParenthesis, "before the arguments")) {
    return arguments;
  }
  uint32_t height = 0;
  while (!is(Symbol::RightParenthesis) && !is_panicking()) {
    Argument argument;
    if (is_name() && is(Symbol::Assign, 1)) {
      argument.name = expect_name("the parameter");
      take();
    }
    if (is(Symbol::Underscore)) {
      argument.value = make<DontCareExpression>(begin());
      take();
      finished(argument.value);
      height_ = 1;
    } else {
      argument.value = read_expression();
    }
    height = std::max(height, height_);
    if (!is_panicking()) {
      arguments.push_back(std::move(argument));
    }
    if (!accept(Symbol::Comma)) {
      break;
    }
    if (is(Symbol::RightParenthesis)) {
      fail_expected("an argument after ','", "remove the ','");
    }
  }
  height_ = height;
  expect_closing(Symbol::RightParenthesis, open, "after the arguments");
  if (is_panicking() && partner(open) != none && partner(open) >= position() && depth_ < nesting_depth_max) {
    resume_at(partner(open) + 1);
  }
  return arguments;
}

std::vector<Expression*> ProgramReader::read_expressions(Symbol closing) {
  std::vector<Expression*> expressions;
  uint32_t height = 0;
  while (!is(closing) && !is_panicking()) {
    Expression* const expression = read_expression();
    height = std::max(height, height_);
    if (!is_panicking()) {
      expressions.push_back(expression);
    }
    if (!accept(Symbol::Comma)) {
      break;
    }
  }
  height_ = height;
  return expressions;
}

}  // namespace outrigger::p4
