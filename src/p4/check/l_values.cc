// L-values (P4-16 §6.7): what may be assigned to, and be an argument for out and inout.
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

// The part of an expression that keeps it from being an l-value; null: it is one.
const Expression* obstacle(const Expression& expression) {
  const Expression* at = &expression;
  for (;;) {
    switch (at->kind) {
      case ExpressionKind::Name: {
        const Declaration* const symbol = to<NameExpression>(*at).symbol;
        if (const auto* const parameter = as<Parameter>(symbol)) {
          const bool may_write = parameter->direction == Direction::Out || parameter->direction == Direction::InOut;
          return may_write ? nullptr : at;
        }
        return as<VariableDeclaration>(symbol) != nullptr ? nullptr : at;
      }
      case ExpressionKind::Member: {
        const auto& member = to<MemberExpression>(*at);
        const MemberKind kind = member.member_kind;
        if (kind != MemberKind::Field && kind != MemberKind::Next) {
          return at;  // §8.20: `last` is none either
        }
        at = member.base;
        break;
      }
      case ExpressionKind::Index: {
        const Expression* const base = to<IndexExpression>(*at).base;
        if (!base->type->is(TypeKind::Stack)) {
          return at;  // §8.13: fields of tuples cannot be written one by one
        }
        at = base;
        break;
      }
      case ExpressionKind::Slice: at = to<SliceExpression>(*at).base; break;
      default: return at;
    }
  }
}

std::string why_not(const Expression& at) {
  if (const auto* const name = as<NameExpression>(&at); name != nullptr && name->symbol != nullptr) {
    const auto* const parameter = as<Parameter>(static_cast<const Declaration*>(name->symbol));
    if (parameter == nullptr) {
      const std::string_view noun = noun_of(*name->symbol);
      const bool is_vowel = std::string_view("aeiou").contains(noun.front());
      return fmt::format("'{}' is {} {}", name->name.text, is_vowel ? "an" : "a", noun);
    }
    return parameter->direction == Direction::In ? fmt::format("'{}' is an in parameter", name->name.text)
                                                 : fmt::format("parameter '{}' has no direction", name->name.text);
  }
  if (const auto* const member = as<MemberExpression>(&at)) {
    return fmt::format("'{}' can only be read", member->member.text);
  }
  return at.kind == ExpressionKind::Index ? "elements of tuples can only be read, the tuple as a whole can be written"
                                          : "this is a value, not a place";
}

}  // namespace

bool Checker::is_l_value(const Expression& expression) {
  return expression.type->is_poison() || obstacle(expression) == nullptr;
}

bool Checker::require_l_value(Expression& expression, std::string_view what) {
  if (check(expression)->is_poison()) {
    return false;
  }
  const Expression* const at = obstacle(expression);
  if (at == nullptr) {
    return true;
  }
  const auto* const name = as<NameExpression>(at);
  const auto* const parameter = name == nullptr ? nullptr : as<Parameter>(name->symbol);
  const bool can_be_inout = parameter != nullptr && !parameter->is_constructor;
  Diagnostic& wrong =
      error(expression.where, fmt::format("{} cannot be written: {}", what, why_not(*at)),
            can_be_inout ? fmt::format("declare parameter '{}' inout, or write to a copy", parameter->name.text)
                         : "use a variable");
  if (name != nullptr && name->symbol != nullptr) {
    wrong.note(name->symbol->name.where, fmt::format("'{}' is declared here", name->name.text));
  }
  return false;
}

}  // namespace outrigger::p4
