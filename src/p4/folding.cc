// Operators on values (P4-16 §8): exact on int, modulo 2^width on bit<W> and int<W>.
#include "p4/folding.h"

#include <compare>

namespace outrigger::p4 {

namespace {

// / and %: only of numbers that are not negative (§8.5, §8.7).
Folded fold_division(ValueTable& values, BinaryOperator op, const Integer& left, const Integer& right,
                     const Type* type) {
  const std::string noun = op == BinaryOperator::Divide ? "division" : "modulo";
  if (sgn(right) == 0) {
    return fold_failed(noun + " by zero");
  }
  if (sgn(left) < 0 || sgn(right) < 0) {
    return fold_failed(noun + " of negative numbers is not defined");
  }
  return folded_number(values, type, op == BinaryOperator::Divide ? Integer(left / right) : Integer(left % right));
}

Folded fold_concatenation(ValueTable& values, const Value& left, const Value& right, const Type* type) {
  const uint32_t left_width = underlying(left.type)->width;
  const uint32_t right_width = underlying(right.type)->width;
  if (left_width > width_bits_max || right_width > width_bits_max - left_width) {
    return fold_failed(fmt::format("the result has more than {} bits", width_bits_max));
  }
  const Integer high = wrap(*left.number(), left_width, false) << right_width;
  return folded_number(values, type, high | wrap(*right.number(), right_width, false));
}

bool holds(BinaryOperator op, int order) {
  switch (op) {
    case BinaryOperator::Less: return order < 0;
    case BinaryOperator::LessEqual: return order <= 0;
    case BinaryOperator::Greater: return order > 0;
    default: return order >= 0;
  }
}

Folded fold_arithmetic(ValueTable& values, BinaryOperator op, const Integer& a, const Integer& b, const Type* type) {
  const Type* const below = underlying(type);
  const bool is_signed = below->is(TypeKind::SignedInt);
  switch (op) {
    case BinaryOperator::Multiply: return folded_number(values, type, a * b);
    case BinaryOperator::Add: return folded_number(values, type, a + b);
    case BinaryOperator::Subtract: return folded_number(values, type, a - b);
    case BinaryOperator::Divide:
    case BinaryOperator::Modulo: return fold_division(values, op, a, b, type);
    case BinaryOperator::BitAnd: return folded_number(values, type, a & b);
    case BinaryOperator::BitOr: return folded_number(values, type, a | b);
    case BinaryOperator::BitXor: return folded_number(values, type, a ^ b);
    case BinaryOperator::AddSaturating:
    case BinaryOperator::SubtractSaturating: {
      const Integer exact = op == BinaryOperator::AddSaturating ? Integer(a + b) : Integer(a - b);
      if (!below->is_fixed_integer()) {
        return fold_failed("saturating arithmetic needs operands with a width");
      }
      return folded_number(values, type, saturate(exact, below->width, is_signed));
    }
    case BinaryOperator::ShiftLeft:
    case BinaryOperator::ShiftRight: return fold_shift(values, op == BinaryOperator::ShiftLeft, a, b, type);
    case BinaryOperator::Less:
    case BinaryOperator::LessEqual:
    case BinaryOperator::Greater:
    case BinaryOperator::GreaterEqual: return folded(values.boolean(type, holds(op, cmp(a, b))));
    default: return fold_failed("the operator is not defined on numbers");
  }
}

// What an operand costs: bytes of a number, pointers of a composite.
size_t bytes_of(const Value& value) {
  if (const Integer* const number = value.number()) {
    return bits_of(*number) / 8;
  }
  return value.composite() != nullptr ? size_t{8} * value.parts_total : 0;
}

}  // namespace

Folded fold_unary(ValueTable& values, UnaryOperator op, const Value& operand, const Type* type) {
  if (!values.spend(bytes_of(operand) + underlying(type)->width / 8)) {
    return out_of_budget();
  }
  if (op == UnaryOperator::Not) {
    return operand.boolean() == nullptr ? fold_failed("'!' is for bool")
                                        : folded(values.boolean(type, !*operand.boolean()));
  }
  if (operand.number() == nullptr) {
    return fold_failed("the operator is for numbers");
  }
  switch (op) {
    case UnaryOperator::Negate: return folded_number(values, type, -*operand.number());
    case UnaryOperator::Complement: return folded_number(values, type, ~*operand.number());
    default: return folded_number(values, type, *operand.number());
  }
}

Folded fold_binary(ValueTable& values, BinaryOperator op, const Value& left, const Value& right, const Type* type) {
  // A fixed width counts as well: -1 of a million bits is as long as any.
  if (!values.spend(bytes_of(left) + bytes_of(right) + underlying(type)->width / 8)) {
    return out_of_budget();
  }
  switch (op) {
    case BinaryOperator::Equal: return folded(values.boolean(type, equal(left, right)));
    case BinaryOperator::NotEqual: return folded(values.boolean(type, !equal(left, right)));
    case BinaryOperator::Mask:
    case BinaryOperator::Range: return folded(values.composite(type, {&left, &right}));
    case BinaryOperator::And:
    case BinaryOperator::Or: {
      const bool* const a = left.boolean();
      const bool* const b = right.boolean();
      if (a == nullptr || b == nullptr) {
        return fold_failed("'&&' and '||' are for bool");
      }
      return folded(values.boolean(type, op == BinaryOperator::And ? *a && *b : *a || *b));
    }
    default: break;
  }
  if (left.number() == nullptr || right.number() == nullptr) {
    return fold_failed("the operator is for numbers");
  }
  if (op == BinaryOperator::Concatenate) {
    return fold_concatenation(values, left, right, type);
  }
  return fold_arithmetic(values, op, *left.number(), *right.number(), type);
}

Folded fold_slice(ValueTable& values, const Value& base, uint32_t high, uint32_t low, const Type* type) {
  if (base.number() == nullptr) {
    return fold_failed("a slice is taken of a number");
  }
  if (high < low) {
    return fold_failed(fmt::format("a slice goes from its high bit to its low one, and {} is less than {}", high, low));
  }
  if (high - low >= width_bits_max) {
    return fold_failed(fmt::format("the slice has more than {} bits", width_bits_max));
  }
  if (!values.spend(bytes_of(base) + (high - low) / 8)) {
    return out_of_budget();
  }
  Integer shifted;  // rounds down, so that a negative number has its sign in all bits above
  mpz_fdiv_q_2exp(shifted.get_mpz_t(), base.number()->get_mpz_t(), low);
  return folded_number(values, type, wrap(shifted, high - low + 1, false));
}

}  // namespace outrigger::p4
