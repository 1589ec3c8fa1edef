// Folding of binary expressions: constants, neutral elements, a value with itself.
#include "p4_ir/passes/fold_binary.h"

#include "p4_ir/operators.h"
#include "p4_ir/passes/fold.h"

namespace outrigger::p4_ir {
namespace {

bool is_zero(const Expression* expression) noexcept { return is_constant(expression, 0); }

bool is_all_ones(const Expression* expression) {
  const auto* known = as<Constant>(expression);
  return known != nullptr && known->value.complement().is_zero();
}

const Expression* constant(Program& program, uint32_t width, uint64_t value) {
  return program.expression<Constant>(Bits(width, value));
}

const Expression* fold_arithmetic(Program& program, const Binary& of) {
  switch (of.op) {
    case BinaryOp::Add:
    case BinaryOp::AddSaturating:
    case BinaryOp::AddSaturatingSigned:
      if (is_zero(of.left) || is_zero(of.right)) {
        return is_zero(of.left) ? of.right : of.left;
      }
      return &of;
    case BinaryOp::Subtract:
    case BinaryOp::SubtractSaturating:
    case BinaryOp::SubtractSaturatingSigned:
      if (is_same(of.left, of.right)) {
        return constant(program, of.width, 0);
      }
      return is_zero(of.right) ? of.left : &of;
    case BinaryOp::Multiply:
      if (is_zero(of.left) || is_zero(of.right)) {
        return constant(program, of.width, 0);
      }
      if (is_constant(of.left, 1) || is_constant(of.right, 1)) {
        return is_constant(of.left, 1) ? of.right : of.left;
      }
      return &of;
    case BinaryOp::Divide: return is_constant(of.right, 1) ? of.left : &of;
    case BinaryOp::Modulo: return is_constant(of.right, 1) ? constant(program, of.width, 0) : &of;
    default: return &of;
  }
}

const Expression* fold_bitwise(Program& program, const Binary& of) {
  if (is_same(of.left, of.right)) {
    return of.op == BinaryOp::Xor ? constant(program, of.width, 0) : of.left;
  }
  for (const auto& [one, other] : {std::pair(of.left, of.right), std::pair(of.right, of.left)}) {
    if (is_zero(one)) {
      return of.op == BinaryOp::And ? one : other;
    }
    if (is_all_ones(one)) {
      return of.op == BinaryOp::And  ? other
             : of.op == BinaryOp::Or ? one
                                     : folded(program, program.expression<Unary>(UnaryOp::Complement, other));
    }
  }
  return &of;
}

const Expression* fold_shift(Program& program, const Binary& of) {
  if (is_zero(of.left) || is_zero(of.right)) {
    return of.left;
  }
  const auto* by = as<Constant>(of.right);
  if (by != nullptr && of.op != BinaryOp::ShiftRightSigned && (!by->value.fits_64() || by->value.low() >= of.width)) {
    return constant(program, of.width, 0);
  }
  return &of;
}

const Expression* fold_equality(Program& program, const Binary& of) {
  const bool is_equal = of.op == BinaryOp::Equal;
  if (is_same(of.left, of.right)) {
    return constant(program, 1, is_equal ? 1 : 0);
  }
  if (of.left->width != 1) {
    return &of;
  }
  for (const auto& [one, other] : {std::pair(of.left, of.right), std::pair(of.right, of.left)}) {
    if (one->kind == ExpressionKind::Constant) {  // of one bit: the other side, or its contrary
      return is_zero(one) == is_equal ? inverted(program, other) : other;
    }
  }
  return &of;
}

const Expression* fold_order(Program& program, const Binary& of) {
  const bool has_equal = of.op == BinaryOp::LessEqual || of.op == BinaryOp::LessEqualSigned;
  if (is_same(of.left, of.right)) {
    return constant(program, 1, has_equal ? 1 : 0);
  }
  if (of.op == BinaryOp::Less && (is_zero(of.right) || is_all_ones(of.left))) {
    return constant(program, 1, 0);
  }
  if (of.op == BinaryOp::LessEqual && (is_zero(of.left) || is_all_ones(of.right))) {
    return constant(program, 1, 1);
  }
  return &of;
}

}  // namespace

bool is_same(const Expression* a, const Expression* b) noexcept {
  const auto* one = as<Read>(a);
  const auto* other = as<Read>(b);
  if (one != nullptr && other != nullptr) {
    return one->variable == other->variable;
  }
  const auto* known = as<Constant>(a);
  return a == b || (known != nullptr && b->kind == ExpressionKind::Constant && known->value == as<Constant>(b)->value);
}

const Expression* fold_binary(Program& program, const Binary& of) {
  const auto* left = as<Constant>(of.left);
  const auto* right = as<Constant>(of.right);
  if (left != nullptr && right != nullptr) {
    return program.expression<Constant>(apply(of.op, left->value, right->value));
  }
  switch (of.op) {
    case BinaryOp::And:
    case BinaryOp::Or:
    case BinaryOp::Xor: return fold_bitwise(program, of);
    case BinaryOp::ShiftLeft:
    case BinaryOp::ShiftRight:
    case BinaryOp::ShiftRightSigned: return fold_shift(program, of);
    case BinaryOp::Equal:
    case BinaryOp::NotEqual: return fold_equality(program, of);
    case BinaryOp::Less:
    case BinaryOp::LessEqual:
    case BinaryOp::LessSigned:
    case BinaryOp::LessEqualSigned: return fold_order(program, of);
    default: return fold_arithmetic(program, of);
  }
}

}  // namespace outrigger::p4_ir
