// Keysets of `select` and of entries (P4-16 §12.6), and the ranges of `for`.
#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

// One keyset, or several in parentheses: one for each expression that is matched. What follows is ':'.
std::vector<Expression*> ProgramReader::read_keysets() {
  std::vector<Expression*> keysets;
  const uint32_t open = position();
  const bool is_tuple =
      is(Symbol::LeftParenthesis) && partner(open) != none && token(partner(open) + 1).is(Symbol::Colon);
  if (!is_tuple) {
    keysets.push_back(read_keyset());
    return keysets;
  }
  take();
  while (!is_panicking()) {
    keysets.push_back(read_keyset());
    if (!accept(Symbol::Comma)) {
      break;
    }
  }
  expect_closing(Symbol::RightParenthesis, open, "after the keysets");
  return keysets;
}

Expression* ProgramReader::read_keyset() {
  const uint32_t first = begin();
  if (is(Symbol::Underscore) || is(Keyword::Default)) {
    auto* const any = make<DontCareExpression>(first);
    any->is_default = take().is(Keyword::Default);
    return finished(any);
  }
  Expression* const expression = read_expression();
  if (!is_panicking() && is(Symbol::Mask)) {
    auto* const mask = make<BinaryExpression>(first);
    take();
    mask->op = BinaryOperator::Mask;
    mask->left = expression;
    mask->right = read_expression();
    return finished(mask);
  }
  return read_range(expression, first);
}

// `first` alone, or first .. last.
Expression* ProgramReader::read_range(Expression* first, uint32_t first_begin) {
  if (is_panicking() || !is(Symbol::Range)) {
    return first;
  }
  auto* const range = make<BinaryExpression>(first_begin);
  take();
  range->op = BinaryOperator::Range;
  range->left = first;
  range->right = read_expression();
  return finished(range);
}

}  // namespace outrigger::p4
