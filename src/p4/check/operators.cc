// Operators (P4-16 §8.4 to §8.9): operands are made equal by implicit casts, then the rules of each group.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"

namespace outrigger::p4 {

namespace {

bool is_saturating(BinaryOperator op) {
  return op == BinaryOperator::AddSaturating || op == BinaryOperator::SubtractSaturating;
}

bool is_division(BinaryOperator op) { return op == BinaryOperator::Divide || op == BinaryOperator::Modulo; }

std::string operands_of(const BinaryExpression& expression) {
  return fmt::format("the operands of '{}'", symbol_of(expression.op));
}

}  // namespace

const Type* Checker::check_binary(BinaryExpression& expression) {
  switch (expression.op) {
    case BinaryOperator::And:
    case BinaryOperator::Or: return check_logic(expression);
    default: break;
  }
  check(*expression.left);
  check(*expression.right, expression.left->type);
  if (expression.left->type->is_poison() || expression.right->type->is_poison()) {
    return settle_poison(expression);
  }
  switch (expression.op) {
    case BinaryOperator::Equal:
    case BinaryOperator::NotEqual: return check_equality(expression);
    case BinaryOperator::Less:
    case BinaryOperator::LessEqual:
    case BinaryOperator::Greater:
    case BinaryOperator::GreaterEqual: return check_comparison(expression);
    case BinaryOperator::ShiftLeft:
    case BinaryOperator::ShiftRight: return check_shift(expression);
    case BinaryOperator::Concatenate: return check_concatenation(expression);
    case BinaryOperator::Mask:
    case BinaryOperator::Range: return check_set_operator(expression);
    default: return check_arithmetic(expression);
  }
}

const Type* Checker::fold_operands(BinaryExpression& expression, const Type* type) {
  const bool is_known = expression.left->is_known && expression.right->is_known;
  const Value* const left = converted_value(*expression.left);
  const Value* const right = converted_value(*expression.right);
  if (left == nullptr || right == nullptr) {
    return settle(expression, type, is_known);
  }
  return settle(expression, type, is_known, fold_binary(values_, expression.op, *left, *right, type));
}

bool Checker::require_numeric(Expression& operand, std::string_view op) {
  const Type* const type = lower_enum(operand);
  if (type->is_integer()) {
    return true;
  }
  std::string remedy;
  if (type->is(TypeKind::NewType)) {
    remedy = fmt::format("cast it: ({}){}", to_text(type->arguments[0]), operand_text(operand));
  } else if (type->is(TypeKind::Bool)) {
    remedy = fmt::format("cast it: (bit<1>){}", operand_text(operand));
  }
  error(operand.where, fmt::format("an operand of '{}' is a number, and this is of type {}", op, to_text(type)),
        remedy);
  return false;
}

// §8.6, §8.7, §8.8
const Type* Checker::check_arithmetic(BinaryExpression& expression) {
  const std::string_view symbol = symbol_of(expression.op);
  if (!require_numeric(*expression.left, symbol) || !require_numeric(*expression.right, symbol)) {
    return settle_poison(expression);
  }
  const Type* const type =
      unify_operands(*expression.left, *expression.right, expression.where, operands_of(expression));
  if (type == nullptr) {
    return settle_poison(expression);
  }
  if (is_saturating(expression.op) && type->is(TypeKind::Int)) {
    error(expression.where, fmt::format("'{}' needs operands with a width, and these are of type int", symbol),
          fmt::format("give one of them a width, as 32w{}", short_text(*expression.left, "1")));
    return settle_poison(expression);
  }
  if (is_division(expression.op)) {
    if (type->is(TypeKind::SignedInt)) {
      error(expression.where, fmt::format("'{}' is not defined on signed numbers", symbol),
            "cast the operands to bit<> where they are not negative");
      return settle_poison(expression);
    }
    const Value* const right = converted_value(*expression.right);
    if (right != nullptr && right->number() != nullptr && sgn(*right->number()) == 0) {
      error(expression.where, expression.op == BinaryOperator::Divide ? "division by zero" : "modulo by zero");
      return settle_poison(expression);
    }
  }
  return fold_operands(expression, type);
}

const Type* Checker::check_comparison(BinaryExpression& expression) {
  const std::string_view symbol = symbol_of(expression.op);
  if (!require_numeric(*expression.left, symbol) || !require_numeric(*expression.right, symbol) ||
      unify_operands(*expression.left, *expression.right, expression.where, operands_of(expression)) == nullptr) {
    return settle_poison(expression);
  }
  return fold_operands(expression, types_.boolean());
}

// == and != of everything that consists of comparable parts (§8.13, §8.16, §8.17, §8.18, §8.19, §8.23).
const Type* Checker::check_equality(BinaryExpression& expression) {
  const Type* const left = expression.left->converted;
  const Type* const right = expression.right->converted;
  if (left != right && left->is_serializable_enum() && right->is_serializable_enum() &&
      left->arguments[0] == right->arguments[0]) {  // §8.3: both become numbers, which deserves a warning
    warning("two-enums", expression.where,
            fmt::format("values of two enums are compared: {} and {}", to_text(left), to_text(right)),
            "cast one of them to the other's type");
    lower_enum(*expression.left);
    lower_enum(*expression.right);
  }
  const Type* const type =
      unify_operands(*expression.left, *expression.right, expression.where, operands_of(expression));
  if (type == nullptr) {
    return settle_poison(expression);
  }
  if (!is_comparable(type)) {
    error(expression.where, fmt::format("values of type {} cannot be compared", to_text(type)),
          type->is(TypeKind::StructValue) ? "give one of them a type: (Type){ … }" : "");
    return settle_poison(expression);
  }
  return fold_operands(expression, types_.boolean());
}

bool Checker::is_comparable(const Type* type) {
  switch (type->kind) {
    case TypeKind::Poison:
    case TypeKind::Bool:
    case TypeKind::Int:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Varbit:
    case TypeKind::Error:
    case TypeKind::MatchKind:
    case TypeKind::Enum: return true;
    case TypeKind::NewType: return is_comparable(type->arguments[0]);
    case TypeKind::Struct:
    case TypeKind::Header:
    case TypeKind::HeaderUnion: {
      const std::vector<Field>& fields = types_.fields(type);
      return std::ranges::all_of(fields, [this](const Field& field) { return is_comparable(field.type); });
    }
    case TypeKind::Stack:
    case TypeKind::Tuple:
      return std::ranges::all_of(type->arguments, [this](const Type* part) { return is_comparable(part); });
    default: return false;
  }
}

// §8.9.2: the amount is bit<S>, or a constant that is not negative; a constant is not made as wide as the left side.
const Type* Checker::check_shift(BinaryExpression& expression) {
  const std::string_view symbol = symbol_of(expression.op);
  Expression& amount = *expression.right;
  if (amount.type->is(TypeKind::NewType) && underlying(amount.type)->is_integer()) {
    amount.converted = underlying(amount.type);  // §8.25 has it cast; programs for PSA shift by a PortId_t
  }
  if (!require_numeric(*expression.left, symbol) || !require_numeric(amount, symbol)) {
    return settle_poison(expression);
  }
  const Type* const type = expression.left->converted;
  const Value* const value = converted_value(amount);
  if (value != nullptr && value->number() != nullptr && sgn(*value->number()) < 0) {
    error(amount.where, "a shift by a negative amount is not defined", "shift the other way");
    return settle_poison(expression);
  }
  if (amount.converted->is(TypeKind::SignedInt) && value == nullptr) {
    error(amount.where,
          fmt::format("the amount of a shift is not negative, and this is of type {}", to_text(amount.converted)),
          fmt::format("write (bit<{}>){}", amount.converted->width, operand_text(amount)));
    return settle_poison(expression);
  }
  if (type->is(TypeKind::Int) && !amount.is_known) {
    error(expression.left->where, "the width of what is shifted is not known",
          fmt::format("give it one, as 32w{}", short_text(*expression.left, "1")));
    return settle_poison(expression);
  }
  return fold_operands(expression, type);
}

// §8.9.1; of strings: §8.5.2.
const Type* Checker::check_concatenation(BinaryExpression& expression) {
  if (expression.left->type->is(TypeKind::String) && expression.right->type->is(TypeKind::String)) {
    const Value* const left = expression.left->value;
    const Value* const right = expression.right->value;
    const bool is_known = expression.left->is_known && expression.right->is_known;
    if (left == nullptr || right == nullptr) {
      return settle(expression, types_.string(), is_known);
    }
    if (left->text()->size() + right->text()->size() > string_bytes_max ||
        !values_.spend(left->text()->size() + right->text()->size())) {
      error(expression.where, fmt::format("the string has more than {} bytes", string_bytes_max));
      return settle_poison(expression);
    }
    return settle(expression, types_.string(), true, values_.text(types_.string(), *left->text() + *right->text()));
  }
  for (Expression* const operand : {expression.left, expression.right}) {
    if (!require_numeric(*operand, "++")) {
      return settle_poison(expression);
    }
    if (operand->converted->is(TypeKind::Int)) {
      error(operand->where, "an operand of '++' needs a width, and this is of type int",
            fmt::format("give it one, as 8w{}", short_text(*operand, "1")));
      return settle_poison(expression);
    }
  }
  const Type* const left = expression.left->converted;
  const uint32_t width = left->width + expression.right->converted->width;  // no overflow: each is bounded
  if (width > width_bits_max) {
    error(expression.where, fmt::format("the result has {} bits, and there may be {}", width, width_bits_max));
    return settle_poison(expression);
  }
  return fold_operands(expression, left->is(TypeKind::Bit) ? types_.bit(width) : types_.signed_int(width));
}

const Type* Checker::check_logic(BinaryExpression& expression) {
  const std::string_view symbol = symbol_of(expression.op);
  const bool is_left_good = check_as(*expression.left, types_.boolean(), fmt::format("the left side of '{}'", symbol));
  const bool is_right_good =
      check_as(*expression.right, types_.boolean(), fmt::format("the right side of '{}'", symbol));
  return is_left_good && is_right_good ? fold_operands(expression, types_.boolean()) : settle_poison(expression);
}

// §8.15.3, §8.15.4: a &&& b and a .. b
const Type* Checker::check_set_operator(BinaryExpression& expression) {
  const Type* const left = expression.left->type;
  if (left == expression.right->type && left->is(TypeKind::NewType) && underlying(left)->is_integer()) {
    return fold_operands(expression, types_.set(left));
  }
  const std::string_view symbol = symbol_of(expression.op);
  if (!require_numeric(*expression.left, symbol) || !require_numeric(*expression.right, symbol)) {
    return settle_poison(expression);
  }
  const Type* const type =
      unify_operands(*expression.left, *expression.right, expression.where, operands_of(expression));
  return type == nullptr ? settle_poison(expression) : fold_operands(expression, types_.set(type));
}

const Type* Checker::check_unary(UnaryExpression& expression) {
  Expression& operand = *expression.operand;
  if (expression.op == UnaryOperator::Not) {
    if (!check_as(operand, types_.boolean(), "the operand of '!'")) {
      return settle_poison(expression);
    }
  } else {
    const std::string_view symbol = expression.op == UnaryOperator::Negate ? "-"
                                    : expression.op == UnaryOperator::Plus ? "+"
                                                                           : "~";
    if (check(operand)->is_poison() || !require_numeric(operand, symbol)) {
      return settle_poison(expression);
    }
    if (expression.op == UnaryOperator::Complement && operand.converted->is(TypeKind::Int)) {
      error(expression.where, "the operand of '~' needs a width, and this is of type int",
            fmt::format("give it one, as 32w{}", short_text(operand, "1")));
      return settle_poison(expression);
    }
  }
  const Value* const value = converted_value(operand);
  if (value == nullptr) {
    return settle(expression, operand.converted, operand.is_known);
  }
  return settle(expression, operand.converted, operand.is_known,
                fold_unary(values_, expression.op, *value, operand.converted));
}

}  // namespace outrigger::p4
