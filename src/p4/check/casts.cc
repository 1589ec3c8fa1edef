// Explicit casts (P4-16 §8.12.1).
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"

namespace outrigger::p4 {

namespace {

// Was `type` made by `type` declarations from `origin`?
bool is_made_from(const Type* type, const Type* origin) {
  while (type->is(TypeKind::NewType)) {
    type = type->arguments[0];
    if (type == origin) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool Checker::can_cast(const Type* from, const Type* to) {
  if (from == to) {
    return is_value(from) && !from->is(TypeKind::Struct);  // casts are to what the list of the section names
  }
  if (from->is_serializable_enum()) {
    return can_cast(from->arguments[0], to);
  }
  if (from->is(TypeKind::NewType) || to->is(TypeKind::NewType)) {  // to and from what it was made from, no further
    return is_made_from(from, to) || is_made_from(to, from) ||
           (from->is(TypeKind::Int) && underlying(to)->is_fixed_integer());
  }
  if (to->is_serializable_enum()) {
    return from == to->arguments[0] || from->is(TypeKind::Int);
  }
  switch (from->kind) {
    case TypeKind::Bit:
      return to->is(TypeKind::Bit) || to->is(TypeKind::Int) ||
             (to->is(TypeKind::SignedInt) && to->width == from->width) || (to->is(TypeKind::Bool) && from->width == 1);
    case TypeKind::SignedInt:
      return to->is(TypeKind::SignedInt) || to->is(TypeKind::Int) ||
             (to->is(TypeKind::Bit) && to->width == from->width);
    case TypeKind::Int: return to->is_fixed_integer() || to->is(TypeKind::Bool);
    case TypeKind::Bool: return to->is(TypeKind::Bit) && to->width == 1;
    default: return false;
  }
}

const Type* Checker::check_cast(CastExpression& expression) {
  const Type* const wanted = resolve(*expression.to);
  Expression& operand = *expression.operand;
  check(operand, wanted);
  if (wanted->is_poison() || operand.type->is_poison()) {
    return settle_poison(expression);
  }
  if (is_literal(operand)) {
    return convert(operand, wanted, "the operand of the cast")
               ? settle(expression, wanted, operand.is_known, operand.value)
               : settle_poison(expression);
  }
  if (!can_cast(operand.type, wanted)) {
    std::string remedy = operand.type == wanted ? "leave the cast away" : "";
    if (operand.type->is(TypeKind::NewType) && can_cast(underlying(operand.type), wanted)) {
      remedy =
          fmt::format("write ({})({}){}", to_text(wanted), to_text(underlying(operand.type)), operand_text(operand));
    } else if (wanted->is(TypeKind::NewType) && can_cast(operand.type, underlying(wanted))) {
      remedy = fmt::format("write ({})({}){}", to_text(wanted), to_text(underlying(wanted)), operand_text(operand));
    }
    if (const std::optional<Misfit> wrong = misfit(operand, wanted); wrong.has_value() && remedy.empty()) {
      remedy = wrong->remedy;
    }
    error(expression.where,
          fmt::format("a value of type {} cannot be cast to {}", to_text(operand.type), to_text(wanted)), remedy);
    return settle_poison(expression);
  }
  // §8.8: values of type int are known at compile time.
  if (wanted->is(TypeKind::Int) && !operand.is_known) {
    error(expression.where, "only what is known at compile time can be cast to int",
          "cast it to a type with a width, as int<32>");
    return settle_poison(expression);
  }
  if (operand.value == nullptr) {
    return settle(expression, wanted, operand.is_known);
  }
  return settle(expression, wanted, operand.is_known, fold_cast(values_, types_, *operand.value, wanted, &program_));
}

}  // namespace outrigger::p4
