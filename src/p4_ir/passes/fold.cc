// Folding of expressions: one node of each kind but binary ones (fold_binary.cc), and whole expressions.
#include "p4_ir/passes/fold.h"

#include "p4_ir/operators.h"
#include "p4_ir/passes/fold_binary.h"

namespace outrigger::p4_ir {
namespace {

const Expression* fold_unary(Program& program, const Unary& unary) {
  if (const auto* known = as<Constant>(unary.operand)) {
    return program.expression<Constant>(apply(unary.op, known->value));
  }
  const bool is_not = unary.op == UnaryOp::Not || (unary.op == UnaryOp::Complement && unary.width == 1);
  if (const auto* inner = as<Unary>(unary.operand);
      inner != nullptr && (inner->op == unary.op || (is_not && inner->op != UnaryOp::Negate))) {
    return inner->operand;
  }
  const auto* compared = as<Binary>(unary.operand);
  if (!is_not || compared == nullptr) {
    return &unary;
  }
  const auto with = [&](BinaryOp op, const Expression* left, const Expression* right) {
    return program.expression<Binary>(op, left, right);
  };
  switch (compared->op) {
    case BinaryOp::Equal: return with(BinaryOp::NotEqual, compared->left, compared->right);
    case BinaryOp::NotEqual: return with(BinaryOp::Equal, compared->left, compared->right);
    case BinaryOp::Less: return with(BinaryOp::LessEqual, compared->right, compared->left);
    case BinaryOp::LessEqual: return with(BinaryOp::Less, compared->right, compared->left);
    case BinaryOp::LessSigned: return with(BinaryOp::LessEqualSigned, compared->right, compared->left);
    case BinaryOp::LessEqualSigned: return with(BinaryOp::LessSigned, compared->right, compared->left);
    default: return &unary;
  }
}

const Expression* fold_slice(Program& program, const Slice& slice) {
  const auto of = [&](const Expression* operand, uint32_t high, uint32_t low) {
    return high - low + 1 == operand->width ? operand : folded(program, program.expression<Slice>(operand, high, low));
  };
  if (slice.width == slice.operand->width) {
    return slice.operand;
  }
  if (const auto* known = as<Constant>(slice.operand)) {
    return program.expression<Constant>(known->value.slice(slice.high, slice.low));
  }
  if (const auto* inner = as<Slice>(slice.operand)) {
    return of(inner->operand, slice.high + inner->low, slice.low + inner->low);
  }
  if (const auto* pair = as<Concatenate>(slice.operand)) {
    if (slice.high < pair->low->width) {
      return of(pair->low, slice.high, slice.low);
    }
    if (slice.low >= pair->low->width) {
      return of(pair->high, slice.high - pair->low->width, slice.low - pair->low->width);
    }
  }
  if (const auto* resize = as<Resize>(slice.operand); resize != nullptr && slice.high < resize->operand->width) {
    return of(resize->operand, slice.high, slice.low);
  }
  return &slice;
}

// Two slices of one value, side by side, are one slice.
const Expression* fold_concatenate(Program& program, const Concatenate& pair) {
  const auto* high = as<Constant>(pair.high);
  const auto* low = as<Constant>(pair.low);
  if (high != nullptr && low != nullptr) {
    return program.expression<Constant>(Bits::concatenate(high->value, low->value));
  }
  const auto* upper = as<Slice>(pair.high);
  const auto* lower = as<Slice>(pair.low);
  if (upper != nullptr && lower != nullptr && is_same(upper->operand, lower->operand) &&
      upper->low == lower->high + 1) {
    return folded(program, program.expression<Slice>(upper->operand, upper->high, lower->low));
  }
  return &pair;
}

const Expression* fold_resize(Program& program, const Resize& resize) {
  if (resize.width == resize.operand->width) {
    return resize.operand;
  }
  if (const auto* known = as<Constant>(resize.operand)) {
    return program.expression<Constant>(known->value.resized(resize.width, resize.is_signed));
  }
  const auto* inner = as<Resize>(resize.operand);
  if (inner == nullptr || inner->width < inner->operand->width) {  // that one cuts
    return &resize;
  }
  // The inner one only adds bits: cut them again, or add all of them at once in the inner one's way.
  if (resize.width < inner->width || inner->is_signed == resize.is_signed) {
    return folded(program, program.expression<Resize>(inner->operand, resize.width, inner->is_signed));
  }
  return &resize;
}

const Expression* fold_choose(Program& program, const Choose& choice) {
  if (const auto* known = as<Constant>(choice.condition)) {
    return known->value.is_zero() ? choice.if_false : choice.if_true;
  }
  if (is_same(choice.if_true, choice.if_false)) {
    return choice.if_true;
  }
  if (choice.width == 1 && is_constant(choice.if_true, 1) && is_constant(choice.if_false, 0)) {
    return choice.condition;
  }
  if (choice.width == 1 && is_constant(choice.if_true, 0) && is_constant(choice.if_false, 1)) {
    return inverted(program, choice.condition);
  }
  return &choice;
}

}  // namespace

bool is_constant(const Expression* expression, uint64_t value) noexcept {
  const auto* known = as<Constant>(expression);
  return known != nullptr && known->value.fits_64() && known->value.low() == value;
}

const Expression* inverted(Program& program, const Expression* condition) {
  return folded(program, program.expression<Unary>(UnaryOp::Not, condition));
}

const Expression* folded(Program& program, const Expression* expression) {
  switch (expression->kind) {
    case ExpressionKind::Unary: return fold_unary(program, *as<Unary>(expression));
    case ExpressionKind::Binary: return fold_binary(program, *as<Binary>(expression));
    case ExpressionKind::Slice: return fold_slice(program, *as<Slice>(expression));
    case ExpressionKind::Concatenate: return fold_concatenate(program, *as<Concatenate>(expression));
    case ExpressionKind::Resize: return fold_resize(program, *as<Resize>(expression));
    case ExpressionKind::Choose: return fold_choose(program, *as<Choose>(expression));
    default: return expression;
  }
}

const Expression* Folder::fold(const Expression* expression) {
  if (const auto* read = as<Read>(expression)) {
    return exchange_ ? exchange_(*read) : expression;
  }
  if (expression->kind == ExpressionKind::Constant || expression->kind == ExpressionKind::VarbitSize) {
    return expression;
  }
  if (const auto known = known_.find(expression); known != known_.end()) {
    return known->second;
  }
  const Expression* const made = folded(program_, fold_operands(expression));
  known_.emplace(expression, made);
  return made;
}

const Expression* Folder::fold_operands(const Expression* expression) {
  if (const auto* unary = as<Unary>(expression)) {
    const Expression* operand = fold(unary->operand);
    return operand == unary->operand ? expression : program_.expression<Unary>(unary->op, operand);
  }
  if (const auto* slice = as<Slice>(expression)) {
    const Expression* operand = fold(slice->operand);
    return operand == slice->operand ? expression : program_.expression<Slice>(operand, slice->high, slice->low);
  }
  if (const auto* resize = as<Resize>(expression)) {
    const Expression* operand = fold(resize->operand);
    return operand == resize->operand ? expression
                                      : program_.expression<Resize>(operand, resize->width, resize->is_signed);
  }
  if (const auto* binary = as<Binary>(expression)) {
    const Expression* left = fold(binary->left);
    const Expression* right = fold(binary->right);
    return left == binary->left && right == binary->right ? expression
                                                          : program_.expression<Binary>(binary->op, left, right);
  }
  if (const auto* pair = as<Concatenate>(expression)) {
    const Expression* high = fold(pair->high);
    const Expression* low = fold(pair->low);
    return high == pair->high && low == pair->low ? expression : program_.expression<Concatenate>(high, low);
  }
  const auto* choice = as<Choose>(expression);
  const Expression* condition = fold(choice->condition);
  const Expression* if_true = fold(choice->if_true);
  const Expression* if_false = fold(choice->if_false);
  return condition == choice->condition && if_true == choice->if_true && if_false == choice->if_false
             ? expression
             : program_.expression<Choose>(condition, if_true, if_false);
}

}  // namespace outrigger::p4_ir
