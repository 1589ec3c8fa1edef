// Interpreter: expressions.
#include "p4_interpreter/interpreter.h"

namespace outrigger::p4_interpreter {

using p4_ir::as;
using p4_ir::BinaryOp;
using p4_ir::Bits;

Bits Interpreter::evaluate(const p4_ir::Expression& expression) const {
  switch (expression.kind) {
    case p4_ir::ExpressionKind::Constant: return as<p4_ir::Constant>(&expression)->value;
    case p4_ir::ExpressionKind::Read: return variables_[index_of(as<p4_ir::Read>(&expression)->variable)];
    case p4_ir::ExpressionKind::Unary: return evaluate_unary(*as<p4_ir::Unary>(&expression));
    case p4_ir::ExpressionKind::Binary: return evaluate_binary(*as<p4_ir::Binary>(&expression));
    case p4_ir::ExpressionKind::Slice: {
      const auto* slice = as<p4_ir::Slice>(&expression);
      return evaluate(*slice->operand).slice(slice->high, slice->low);
    }
    case p4_ir::ExpressionKind::Concatenate: {
      const auto* pair = as<p4_ir::Concatenate>(&expression);
      return Bits::concatenate(evaluate(*pair->high), evaluate(*pair->low));
    }
    case p4_ir::ExpressionKind::Resize: {
      const auto* resize = as<p4_ir::Resize>(&expression);
      return evaluate(*resize->operand).resized(resize->width, resize->is_signed);
    }
    case p4_ir::ExpressionKind::Choose: {
      const auto* choice = as<p4_ir::Choose>(&expression);
      return evaluate(is_true(*choice->condition) ? *choice->if_true : *choice->if_false);
    }
    case p4_ir::ExpressionKind::VarbitSize:
      return {expression.width, variables_[index_of(as<p4_ir::VarbitSize>(&expression)->variable)].width()};
  }
  return Bits(expression.width);
}

Bits Interpreter::evaluate_unary(const p4_ir::Unary& expression) const {
  const Bits operand = evaluate(*expression.operand);
  switch (expression.op) {
    case p4_ir::UnaryOp::Negate: return operand.negate();
    case p4_ir::UnaryOp::Complement:
    case p4_ir::UnaryOp::Not: return operand.complement();
  }
  return operand;
}

Bits Interpreter::evaluate_binary(const p4_ir::Binary& expression) const {
  const Bits a = evaluate(*expression.left);
  const Bits b = evaluate(*expression.right);
  const auto truth = [](bool value) { return Bits(1, value ? 1 : 0); };
  // More bits than a shift can mean anything by: all of them leave.
  const auto amount = [&] { return b.fits_64() ? b.low() : UINT64_MAX; };
  switch (expression.op) {
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

}  // namespace outrigger::p4_interpreter
