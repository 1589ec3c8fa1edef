// Types as they are written (P4-16 §7), and looking ahead over them.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {
namespace {

std::optional<BaseType> base_type(Keyword keyword) {
  switch (keyword) {
    case Keyword::Bool: return BaseType::Bool;
    case Keyword::Error: return BaseType::Error;
    case Keyword::MatchKind: return BaseType::MatchKind;
    case Keyword::String: return BaseType::String;
    case Keyword::Void: return BaseType::Void;
    case Keyword::Int: return BaseType::Int;
    case Keyword::Bit: return BaseType::Bit;
    case Keyword::Varbit: return BaseType::Varbit;
    default: return std::nullopt;
  }
}

constexpr bool has_width(BaseType base) {
  return base == BaseType::Int || base == BaseType::Bit || base == BaseType::Varbit;
}

}  // namespace

TypeRef* ProgramReader::read_type_or_void() {
  if (is(Keyword::Void)) {
    auto* const type = make<BaseTypeRef>(begin());
    type->base = BaseType::Void;
    take();
    return finished(type);
  }
  return read_type();
}

TypeRef* ProgramReader::read_type() {
  const Nesting nesting(*this);
  const uint32_t type_begin = begin();
  if (!is_panicking() && is(Keyword::Void)) {
    fail(peek().where, "'void' may only be the result of a function or a type argument");
  }
  TypeRef* type = read_type_without_size();
  for (uint32_t level = depth_; !is_panicking() && is(Symbol::LeftBracket); ++level) {
    const uint32_t open = position();
    if (level > nesting_depth_max) {
      fail(peek().where, fmt::format("this type is nested more than {} deep", nesting_depth_max));
      break;
    }
    auto* const stack = make<StackTypeRef>(type_begin);
    take();
    stack->element = type;
    stack->size = read_expression();
    expect_closing(Symbol::RightBracket, open, "after the number of elements");
    type = finished(stack);
  }
  return is_panicking() ? no_type_ : type;
}

// `bit<8> x[2][3]` as in C, which p4c takes besides `bit<8>[3][2] x`: two arrays of three.
TypeRef* ProgramReader::with_sizes(TypeRef* element) {
  std::vector<StackTypeRef*> arrays;
  while (!is_panicking() && is(Symbol::LeftBracket)) {
    const uint32_t open = position();
    if (depth_ + arrays.size() > nesting_depth_max) {
      fail(peek().where, fmt::format("this type is nested more than {} deep", nesting_depth_max));
      break;
    }
    auto* const array = make<StackTypeRef>(element->where.begin);
    take();
    array->size = read_expression();
    expect_closing(Symbol::RightBracket, open, "after the number of elements");
    arrays.push_back(finished(array));
  }
  TypeRef* type = element;
  for (StackTypeRef* const array : std::views::reverse(arrays)) {
    array->element = type;
    type = array;
  }
  return is_panicking() ? no_type_ : type;
}

TypeRef* ProgramReader::read_type_without_size() {
  if (is_panicking()) {
    return no_type_;
  }
  if (is_keyword_type(position())) {
    return read_keyword_type();
  }
  if (peek().kind == TokenKind::Identifier || (is(Symbol::Dot) && peek(1).kind == TokenKind::Identifier)) {
    return read_named_type();
  }
  fail_expected("a type", peek().kind == TokenKind::Keyword && is_name()
                              ? fmt::format("'{}' is a keyword of P4: choose another name for the type", peek().text)
                              : "");
  return no_type_;
}

TypeRef* ProgramReader::read_keyword_type() {
  const uint32_t type_begin = begin();
  const Token keyword = take();
  if (const auto base = base_type(static_cast<Keyword>(keyword.which)); base.has_value()) {
    auto* const type = make<BaseTypeRef>(type_begin);
    type->base = *base;
    if (has_width(*base) && is(Symbol::Less)) {
      type->width = read_width();
      type->base = *base == BaseType::Int ? BaseType::SignedInt : *base;
    } else if (*base == BaseType::Varbit) {
      fail_expected("'<' and the largest width after 'varbit'", "write varbit<N>");
    }
    return finished(type);
  }
  const uint32_t open = position();
  if (!expect(Symbol::Less, fmt::format("after '{}'", keyword.text))) {
    return no_type_;
  }
  std::vector<TypeRef*> arguments = read_type_arguments(open);
  if (keyword.is(Keyword::Tuple)) {
    auto* const tuple = make<TupleTypeRef>(type_begin);
    tuple->elements = std::move(arguments);
    return finished(tuple);
  }
  auto* const list = make<ListTypeRef>(type_begin);
  if (!is_panicking() && arguments.size() != 1) {
    fail(keyword.where, fmt::format("'list' has one type argument, and here are {}", arguments.size()));
    return no_type_;
  }
  list->element = arguments.empty() ? no_type_ : arguments.front();
  return finished(list);
}

// <8>, <(expression)>
Expression* ProgramReader::read_width() {
  const uint32_t open = position();
  take();
  Expression* width = nothing();
  if (peek().kind == TokenKind::Number || is(Symbol::LeftParenthesis)) {
    width = read_primary();
  } else {
    const SourceRange first = peek().where;
    width = read_prefix();
    if (!is_panicking()) {
      const std::string_view text = source().text(spanning(first, previous().where));
      tell(spanning(first, previous().where), "a width that is not a plain number must stand in parentheses",
           fmt::format("write <({})>", text));
    }
  }
  expect_closing(Symbol::Greater, open, "after the width");
  return width;
}

NamedTypeRef* ProgramReader::read_named_type() {
  auto* const type = make<NamedTypeRef>(begin());
  type->is_global = accept(Symbol::Dot);
  const Token name = take();
  type->name = {.text = std::string(name.text), .where = name.where};
  const uint32_t open = position();
  if (accept(Symbol::Less)) {
    type->has_arguments = true;
    type->arguments = read_type_arguments(open);
  }
  return finished(type);
}

std::vector<TypeRef*> ProgramReader::read_type_arguments(uint32_t open) {
  const Nesting nesting(*this);
  std::vector<TypeRef*> arguments;
  while (!is_panicking() && !is(Symbol::Greater)) {
    if (is(Symbol::Underscore)) {
      auto* const any = make<DontCareTypeRef>(begin());
      take();
      arguments.push_back(finished(any));
    } else {
      arguments.push_back(read_type_or_void());
    }
    if (!is(Symbol::Comma)) {
      break;
    }
    take();
    if (is(Symbol::Greater)) {
      fail_expected("a type argument after ','");
    }
  }
  expect_closing(Symbol::Greater, open, "after the type arguments");
  return arguments;
}

std::vector<TypeParameter*> ProgramReader::read_type_parameters() {
  std::vector<TypeParameter*> parameters;
  const uint32_t open = position();
  if (is_panicking() || !accept(Symbol::Less)) {
    return parameters;
  }
  do {
    auto* const parameter = make<TypeParameter>(begin());
    const uint32_t name = position();
    parameter->name = expect_name("a type parameter");
    if (!is_panicking()) {
      declare_type(name);
      parameters.push_back(finished(parameter));
    }
  } while (!is_panicking() && accept(Symbol::Comma));
  expect_closing(Symbol::Greater, open, "after the type parameters");
  return parameters;
}

bool ProgramReader::is_keyword_type(size_t index) const noexcept {
  const Token& keyword = token(index);
  if (keyword.kind != TokenKind::Keyword) {
    return false;
  }
  return keyword.is(Keyword::Tuple) || (keyword.is(Keyword::List) && token(index + 1).is(Symbol::Less)) ||
         base_type(static_cast<Keyword>(keyword.which)).has_value();
}

NameKind ProgramReader::kind_of_name(size_t index) const {
  return token(index).is(Symbol::Dot) ? names_.of_global(token(index + 1).text) : names_.of(token(index).text);
}

// <8>, <(…)>; a name alone is wrong, but meant as a width.
uint32_t ProgramReader::after_width(uint32_t index) const {
  uint32_t end = index + 2;
  if (token(index + 1).is(Symbol::LeftParenthesis)) {
    end = partner(index + 1) == none ? none : partner(index + 1) + 1;
  } else if (token(index + 1).kind != TokenKind::Number && !is_name(token(index + 1))) {
    return none;
  }
  return end != none && token(end).is(Symbol::Greater) ? end + 1 : none;
}

uint32_t ProgramReader::after_type(uint32_t index, bool is_unknown_type, uint32_t depth) const {
  uint32_t end = index + 1;
  if (is_keyword_type(index)) {
    const bool is_generic = token(index).is(Keyword::Tuple) || token(index).is(Keyword::List);
    if (is_generic) {
      end = after_type_arguments(index + 1, is_unknown_type, depth);
    } else if (token(end).is(Symbol::Less)) {
      end = after_width(end);
    }
  } else {
    const bool is_global = token(index).is(Symbol::Dot);
    if (token(is_global ? end : index).kind != TokenKind::Identifier) {
      return none;
    }
    const NameKind kind = kind_of_name(index);
    if (kind == NameKind::Object || (kind == NameKind::Unknown && !is_unknown_type)) {
      return none;
    }
    end = is_global ? index + 2 : index + 1;
    if (token(end).is(Symbol::Less)) {
      end = after_type_arguments(end, is_unknown_type, depth);
    }
  }
  while (end != none && token(end).is(Symbol::LeftBracket)) {
    end = partner(end) == none ? none : partner(end) + 1;
  }
  return end;
}

// `index` is that of `<`.
uint32_t ProgramReader::after_type_arguments(uint32_t index, bool is_unknown_type, uint32_t depth) const {
  if (!token(index).is(Symbol::Less) || depth > nesting_depth_max) {
    return none;
  }
  if (token(index + 1).is(Symbol::Greater)) {
    return index + 2;
  }
  do {
    ++index;
    index = token(index).is(Symbol::Underscore) ? index + 1 : after_type(index, is_unknown_type, depth + 1);
  } while (index != none && token(index).is(Symbol::Comma));
  return index != none && token(index).is(Symbol::Greater) ? index + 1 : none;
}

}  // namespace outrigger::p4
