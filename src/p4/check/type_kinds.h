// Groups of types and expressions that several rules of P4-16 speak of.
#pragma once

#include "p4/ast/declaration.h"
#include "p4/ast/expression.h"
#include "p4/types.h"

namespace outrigger::p4 {

// Objects that are instantiated: they are passed around by what they are, never copied.
inline bool is_object(const Type* type) noexcept {
  return type->is(TypeKind::Extern) || type->is(TypeKind::Parser) || type->is(TypeKind::Control) ||
         type->is(TypeKind::Package);
}

// What a variable, field or element of a list may hold ("value types" in the appendix on calls), literals' own types
// included.
inline bool is_value(const Type* type) noexcept {
  switch (type->kind) {
    case TypeKind::Bool:
    case TypeKind::Int:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Varbit:
    case TypeKind::String:
    case TypeKind::Error:
    case TypeKind::MatchKind:
    case TypeKind::Enum:
    case TypeKind::NewType:
    case TypeKind::Struct:
    case TypeKind::Header:
    case TypeKind::HeaderUnion:
    case TypeKind::Stack:
    case TypeKind::Tuple:
    case TypeKind::List:
    case TypeKind::StructValue:
    case TypeKind::Variable:
    case TypeKind::InvalidHeader:
    case TypeKind::Default: return true;
    default: return false;
  }
}

// Known at compile time; or an action's data, which programs hand on to parameters without direction, as if it were.
inline bool counts_as_known(const Expression& expression) noexcept {
  const Expression* inner = &expression;
  while (const auto* const cast = as<CastExpression>(inner)) {
    inner = cast->operand;
  }
  const auto* const name = as<NameExpression>(inner);
  const auto* const parameter = name == nullptr || name->symbol == nullptr ? nullptr : as<Parameter>(name->symbol);
  return expression.is_known ||
         (parameter != nullptr && parameter->direction == Direction::None && is_value(expression.type));
}

// Expressions that take their type from where they stand.
inline bool is_literal(const Expression& expression) noexcept {
  switch (expression.kind) {
    case ExpressionKind::List:
    case ExpressionKind::Struct:
    case ExpressionKind::InvalidHeader:
    case ExpressionKind::Default: return true;
    default: return false;
  }
}

}  // namespace outrigger::p4
