// The operators of expressions.
#include "p4_ir/operators.h"

namespace outrigger::p4_ir {

Bits apply(UnaryOp op, const Bits& operand) {
  switch (op) {
    case UnaryOp::Negate: return operand.negate();
    case UnaryOp::Complement:
    case UnaryOp::Not: return operand.complement();
  }
  return operand;
}

Bits apply(BinaryOp op, const Bits& a, const Bits& b) {
  const auto truth = [](bool value) { return Bits(1, value ? 1 : 0); };
  // More bits than a shift can mean anything by: all of them leave.
  const auto amount = [&] { return b.fits_64() ? b.low() : UINT64_MAX; };
  switch (op) {
    case BinaryOp::Add: return Bits::add(a, b);
    case BinaryOp::Subtract: return Bits::subtract(a, b);
    case BinaryOp::Multiply: return Bits::multiply(a, b);
    case BinaryOp::Divide: return Bits::divide(a, b);
    case BinaryOp::Modulo: return Bits::modulo(a, b);
    case BinaryOp::AddSaturating: return Bits::add_saturating(a, b, false);
    case BinaryOp::SubtractSaturating: return Bits::subtract_saturating(a, b, false);
    case BinaryOp::AddSaturatingSigned: return Bits::add_saturating(a, b, true);
    case BinaryOp::SubtractSaturatingSigned: return Bits::subtract_saturating(a, b, true);
    case BinaryOp::And: return Bits::bit_and(a, b);
    case BinaryOp::Or: return Bits::bit_or(a, b);
    case BinaryOp::Xor: return Bits::bit_xor(a, b);
    case BinaryOp::ShiftLeft: return a.shift_left(amount());
    case BinaryOp::ShiftRight: return a.shift_right(amount(), false);
    case BinaryOp::ShiftRightSigned: return a.shift_right(amount(), true);
    case BinaryOp::Equal: return truth(a == b);
    case BinaryOp::NotEqual: return truth(!(a == b));
    case BinaryOp::Less: return truth(Bits::less_unsigned(a, b));
    case BinaryOp::LessEqual: return truth(!Bits::less_unsigned(b, a));
    case BinaryOp::LessSigned: return truth(Bits::less_signed(a, b));
    case BinaryOp::LessEqualSigned: return truth(!Bits::less_signed(b, a));
  }
  return a;
}

}  // namespace outrigger::p4_ir
