// Operands of expressions (P4-16 §8): literals, names, what begins with a type, lists and structs in braces.
#include <fmt/format.h>

#include <algorithm>

#include "p4/lexer.h"
#include "p4/parser/number_literal.h"
#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

Expression* ProgramReader::read_primary() {
  height_ = 1;
  if (is_panicking()) {
    return nothing();
  }
  switch (peek().kind) {
    case TokenKind::Number: return read_number();
    case TokenKind::String: {
      auto* const string = make<StringExpression>(begin());
      string->text = string_literal_text(take().text);
      return finished(string);
    }
    case TokenKind::Identifier: return read_name_or_type();
    case TokenKind::Keyword: return read_keyword_primary();
    default: break;
  }
  const uint32_t open = position();
  if (is(Symbol::LeftBrace)) {
    return read_braces();
  }
  if (accept(Symbol::LeftParenthesis)) {
    Expression* const inside = read_expression();
    expect_closing(Symbol::RightParenthesis, open, "after the expression");
    refuse_unknown_cast(open);
    return inside;
  }
  if (is(Symbol::Dot) && is_name(1)) {
    return read_name_or_type();
  }
  if (is(Symbol::InvalidHeader)) {
    auto* const header = make<InvalidHeaderExpression>(begin());
    take();
    return finished(header);
  }
  if (is(Symbol::Dots)) {
    auto* const rest = make<DefaultExpression>(begin());
    take();
    return finished(rest);
  }
  fail_expected("an expression",
                is(Symbol::Underscore) ? "'_' may only be an argument, a type argument or a keyset" : "");
  return nothing();
}

// After (name): where an operand follows, the name was meant for a type.
void ProgramReader::refuse_unknown_cast(uint32_t open) {
  const bool is_operand = peek().kind == TokenKind::Identifier || peek().kind == TokenKind::Number;
  const Token& name = token(open + 1);
  if (is_operand && !is_on_new_line() && position() == open + 3 && name.kind == TokenKind::Identifier) {
    fail(name.where, fmt::format("there is no type '{}' here", name.text), "declare it before it is used");
  }
}

Expression* ProgramReader::read_keyword_primary() {
  if (is(Keyword::True) || is(Keyword::False)) {
    auto* const boolean = make<BoolExpression>(begin());
    boolean->is_true = take().is(Keyword::True);
    return finished(boolean);
  }
  if (is(Keyword::This)) {
    auto* const object = make<ThisExpression>(begin());
    take();
    return finished(object);
  }
  if (is(Keyword::Error) && is(Symbol::Dot, 1)) {
    return read_of_type(read_keyword_type());
  }
  if (is_name() && !is(Keyword::List)) {
    return read_name_or_type();
  }
  std::string remedy;
  if (is_keyword_type(position())) {
    remedy = "a cast is written (type) expression";
  } else if (is(Keyword::Default)) {
    remedy = "'default' may only be a keyset or a label of 'switch'";
  } else {
    remedy = fmt::format("'{}' is a keyword of P4: choose another name", peek().text);
  }
  fail_expected("an expression", std::move(remedy));
  return nothing();
}

Expression* ProgramReader::read_number() {
  auto* const number = make<NumberExpression>(begin());
  NumberLiteral literal = read_number_literal(take().text);
  if (!literal.fault.empty()) {
    tell(previous().where, std::move(literal.fault), "write a number as 10, 0xFF, 8w0b1010 or 4s7");
  }
  number->number = std::move(literal.number);
  number->width = literal.width;
  number->is_signed = literal.is_signed;
  return finished(number);
}

// x, .x; a type's name is followed by what makes an expression of it.
Expression* ProgramReader::read_name_or_type() {
  const bool is_global = is(Symbol::Dot);
  if (kind_of_name(position()) == NameKind::Type && peek(is_global ? 1 : 0).kind == TokenKind::Identifier) {
    return read_of_type(read_named_type());
  }
  auto* const name = make<NameExpression>(begin());
  name->is_global = accept(Symbol::Dot);
  name->name = expect_name("a value");
  return finished(name);
}

// Type.member, Type(arguments).
Expression* ProgramReader::read_of_type(TypeRef* type) {
  if (is_panicking()) {
    return nothing();
  }
  if (is(Symbol::Dot)) {
    auto* const member = make<TypeMemberExpression>(type->where.begin);
    take();
    member->of = type;
    member->member = expect_name("the member after '.'");
    height_ = 1;
    return finished(member);
  }
  if (is(Symbol::LeftParenthesis)) {
    auto* const construct = make<ConstructExpression>(type->where.begin);
    construct->of = type;
    construct->arguments = read_arguments();
    height_ = grown(height_);
    return finished(construct);
  }
  fail_expected(fmt::format("'.' or '(' after the type '{}'", source().text(type->where)),
                "a type alone is no expression");
  return nothing();
}

// {a, b}, {a, ...}, {a = x}, {}.
Expression* ProgramReader::read_braces() {
  const uint32_t first = begin();
  const uint32_t open = position();
  take();
  if (is_name() && is(Symbol::Assign, 1)) {
    return read_struct_fields(open, first);
  }
  auto* const list = make<ListExpression>(first);
  list->elements = read_expressions(Symbol::RightBrace);
  if (!is_panicking() && (is(Symbol::Assign) || is(Symbol::Colon))) {
    fail_expected("'}' after the list", is(Symbol::Assign) ? "give all values the name of a field, or none"
                                                           : "'=' stands between a field and its value");
  }
  expect_closing(Symbol::RightBrace, open, "after the list");
  if (is_panicking()) {
    resume_behind(open);
    return nothing();
  }
  if (!list->elements.empty() && list->elements.back()->kind == ExpressionKind::Default) {
    list->elements.pop_back();
    list->has_rest = true;
  }
  for (const Expression* const element : list->elements) {
    if (element->kind == ExpressionKind::Default) {
      tell(element->where, "'...' may only be the last of a list");
    }
  }
  height_ = grown(height_);
  return finished(list);
}

Expression* ProgramReader::read_struct_fields(uint32_t open, uint32_t first) {
  auto* const fields = make<StructExpression>(first);
  uint32_t height = 0;
  while (!is_panicking() && !is(Symbol::RightBrace)) {
    if (accept(Symbol::Dots)) {
      fields->has_rest = true;
      accept(Symbol::Comma);
      if (!is(Symbol::RightBrace)) {
        fail_expected("'}' after '...'", "'...' may only be the last");
      }
      break;
    }
    NamedField field;
    field.name = expect_name("a field");
    expect(Symbol::Assign, "between the field and its value");
    field.value = read_expression();
    height = std::max(height, height_);
    if (!is_panicking()) {
      fields->fields.push_back(std::move(field));
    }
    if (!accept(Symbol::Comma)) {
      break;
    }
  }
  expect_closing(Symbol::RightBrace, open, "after the fields");
  if (is_panicking()) {
    resume_behind(open);
    return nothing();
  }
  height_ = grown(height);
  return finished(fields);
}

// After an error in braces, so that it does not end the block around them.
void ProgramReader::resume_behind(uint32_t open) {
  if (partner(open) != none && partner(open) >= position() && depth_ < nesting_depth_max) {
    resume_at(partner(open) + 1);
  }
}

}  // namespace outrigger::p4
