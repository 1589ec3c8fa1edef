// Operators on what has a width; those on int have been folded.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

std::optional<BinaryOp> operator_of(p4::BinaryOperator op, bool is_signed) {
  switch (op) {
    case p4::BinaryOperator::Multiply: return BinaryOp::Multiply;
    case p4::BinaryOperator::Divide: return BinaryOp::Divide;
    case p4::BinaryOperator::Modulo: return BinaryOp::Modulo;
    case p4::BinaryOperator::Add: return BinaryOp::Add;
    case p4::BinaryOperator::Subtract: return BinaryOp::Subtract;
    case p4::BinaryOperator::AddSaturating: return is_signed ? BinaryOp::AddSaturatingSigned : BinaryOp::AddSaturating;
    case p4::BinaryOperator::SubtractSaturating:
      return is_signed ? BinaryOp::SubtractSaturatingSigned : BinaryOp::SubtractSaturating;
    case p4::BinaryOperator::ShiftLeft: return BinaryOp::ShiftLeft;
    case p4::BinaryOperator::ShiftRight: return is_signed ? BinaryOp::ShiftRightSigned : BinaryOp::ShiftRight;
    case p4::BinaryOperator::Less: return is_signed ? BinaryOp::LessSigned : BinaryOp::Less;
    case p4::BinaryOperator::LessEqual: return is_signed ? BinaryOp::LessEqualSigned : BinaryOp::LessEqual;
    case p4::BinaryOperator::Greater: return is_signed ? BinaryOp::LessSigned : BinaryOp::Less;  // sides change places
    case p4::BinaryOperator::GreaterEqual: return is_signed ? BinaryOp::LessEqualSigned : BinaryOp::LessEqual;
    case p4::BinaryOperator::BitAnd: return BinaryOp::And;
    case p4::BinaryOperator::BitXor: return BinaryOp::Xor;
    case p4::BinaryOperator::BitOr: return BinaryOp::Or;
    default: return std::nullopt;
  }
}

bool is_shift(p4::BinaryOperator op) {
  return op == p4::BinaryOperator::ShiftLeft || op == p4::BinaryOperator::ShiftRight;
}

bool is_greater(p4::BinaryOperator op) {
  return op == p4::BinaryOperator::Greater || op == p4::BinaryOperator::GreaterEqual;
}

}  // namespace

Operand Lowerer::lower_unary(const p4::UnaryExpression& expression) {
  Operand operand = lower(*expression.operand);
  if (operand.scalar == nullptr) {
    const p4::Evaluated known = tree_.evaluate(frame_->instance, expression);
    return known.value != nullptr ? operand_of(*known.value) : Operand{.type = expression.type};
  }
  switch (expression.op) {
    case p4::UnaryOperator::Plus: break;
    case p4::UnaryOperator::Negate: operand.scalar = program_.expression<Unary>(UnaryOp::Negate, operand.scalar); break;
    case p4::UnaryOperator::Complement:
      operand.scalar = program_.expression<Unary>(UnaryOp::Complement, operand.scalar);
      break;
    case p4::UnaryOperator::Not: operand.scalar = not_of(operand.scalar); break;
  }
  operand.type = type_of(expression.type);
  operand.value = nullptr;
  return operand;
}

Operand Lowerer::lower_binary(const p4::BinaryExpression& expression) {
  if (expression.op == p4::BinaryOperator::And || expression.op == p4::BinaryOperator::Or) {
    return lower_logical(expression);
  }
  const p4::Expression* const sides[] = {expression.left, expression.right};
  std::vector<Operand> operands = lower_in_order(sides);
  Operand made = apply_operator(expression.op, std::move(operands[0]), std::move(operands[1]), expression.where);
  if (made.scalar == nullptr) {  // both are int: known
    const p4::Evaluated known = tree_.evaluate(frame_->instance, expression);
    return known.value != nullptr ? operand_of(*known.value) : Operand{.type = type_of(expression.type)};
  }
  made.type = type_of(expression.type);
  return made;
}

Operand Lowerer::apply_operator(p4::BinaryOperator op, Operand left, Operand right, p4::SourceRange where) {
  if (op == p4::BinaryOperator::Equal || op == p4::BinaryOperator::NotEqual) {
    const bool left_is_literal = left.type != nullptr && (left.type->is(p4::TypeKind::StructValue) ||
                                                          left.type->is(p4::TypeKind::Tuple) || left.scalar == nullptr);
    if (left_is_literal && right.type != nullptr) {
      left = convert(std::move(left), right.type);
    }
    right = convert(std::move(right), left.type);
    const Expression* same = equal(left, right);
    return Operand{.scalar = op == p4::BinaryOperator::Equal ? same : not_of(same)};
  }
  if (has_no_bits(left.type) || has_no_bits(right.type)) {
    return apply_without_bits(op, std::move(left), std::move(right));
  }
  // An int beside something with a width: the amount of a shift keeps its value, any other takes the other side's
  // width.
  const auto number = [&](const Operand& operand, const Operand& other) -> const Expression* {
    if (operand.scalar != nullptr || operand.value == nullptr || operand.value->number() == nullptr) {
      return operand.scalar;
    }
    const uint32_t width = is_shift(op) || other.scalar == nullptr ? 64 : other.scalar->width;
    return program_.expression<Constant>(Bits::from_integer(width, *operand.value->number()));
  };
  if (left.scalar == nullptr && (right.scalar == nullptr || is_shift(op))) {
    return {};
  }
  const Expression* a = number(left, right);
  const Expression* b = number(right, left);
  if (a == nullptr || b == nullptr) {
    return {};
  }
  if (op == p4::BinaryOperator::Concatenate) {
    return Operand{.scalar = program_.expression<Concatenate>(a, b)};
  }
  const std::optional<BinaryOp> made = operator_of(op, is_signed(left.scalar != nullptr ? left.type : right.type));
  if (!made.has_value() || (!is_shift(op) && a->width != b->width)) {
    refuse(where, "this operator cannot be applied to these operands when packets are processed");
    return Operand{.scalar = constant(1, 0)};
  }
  if (is_greater(op)) {
    std::swap(a, b);
  }
  return Operand{.type = left.type, .scalar = program_.expression<Binary>(*made, a, b)};
}

// One side has no bits: it adds none, shifts by none, and its only value is as great as itself.
Operand Lowerer::apply_without_bits(p4::BinaryOperator op, Operand left, Operand right) {
  switch (op) {
    case p4::BinaryOperator::Concatenate: return has_no_bits(left.type) ? right : left;
    case p4::BinaryOperator::LessEqual:
    case p4::BinaryOperator::GreaterEqual: return Operand{.scalar = constant(1, 1)};
    case p4::BinaryOperator::Less:
    case p4::BinaryOperator::Greater: return Operand{.scalar = constant(1, 0)};
    default: return left;
  }
}

// && and || do not evaluate their right side when the left one decides (§8.5).
Operand Lowerer::lower_logical(const p4::BinaryExpression& expression) {
  const bool is_and = expression.op == p4::BinaryOperator::And;
  const Expression* left = lower_scalar(*expression.left);
  if (!has_effects(*expression.right)) {
    const Expression* right = lower_scalar(*expression.right);
    return Operand{.type = expression.type,
                   .scalar = program_.expression<Binary>(is_and ? BinaryOp::And : BinaryOp::Or, left, right)};
  }
  const VariableId result = temporary(1, is_and ? "and" : "or");
  set(result, left);
  auto* test = program_.statement<If>();
  test->condition = is_and ? read_variable(result) : not_of(read_variable(result));
  test->if_true = statements_of([&] { set(result, lower_scalar(*expression.right)); });
  add(test);
  return Operand{.type = expression.type, .scalar = read_variable(result)};
}

// §8.11: of one size, and the same bits. No expression reads a varbit's contents, so that engines are asked by a call,
// which none hands on to its host.
const Expression* Lowerer::equal_varbits(VariableId left, VariableId right) {
  auto* call = program_.statement<CallExtern>();
  call->name = varbit_equal_name;
  for (const VariableId side : {left, right}) {
    ExternArgument& argument = call->arguments.emplace_back();
    const Operand operand{.varbit = side};
    add_parts(argument, operand, {});
  }
  const VariableId same = temporary(1, "same");
  call->result.kind = ExternArgument::Kind::Result;
  ExternArgument::Part& answer = call->result.parts.emplace_back();
  answer.variable = same;
  answer.width = 1;
  call->site = program_.extern_sites++;
  add(call);
  return read_variable(same);
}

// §8: two headers are equal when both are invalid, or both are valid and their fields are equal; stacks, structs,
// tuples and unions part by part.
const Expression* Lowerer::equal(const Operand& left, const Operand& right) {
  if (left.scalar != nullptr && right.scalar != nullptr) {
    return program_.expression<Binary>(BinaryOp::Equal, left.scalar, right.scalar);
  }
  if (left.varbit.has_value() && right.varbit.has_value()) {
    return equal_varbits(*left.varbit, *right.varbit);
  }
  if (left.varbit.has_value() || right.varbit.has_value()) {  // the other one is a default value, which is empty
    const VariableId only = left.varbit.has_value() ? *left.varbit : *right.varbit;
    return program_.expression<Binary>(BinaryOp::Equal, program_.expression<VarbitSize>(only), constant(32, 0));
  }
  std::vector<const Expression*> same_parts;
  for (size_t i = 0; i < left.parts.size() && i < right.parts.size(); ++i) {
    same_parts.push_back(equal(left.parts[i], right.parts[i]));
  }
  if (same_parts.empty()) {
    same_parts.push_back(constant(1, 1));
  }
  while (same_parts.size() > 1) {  // two and two, so that many parts give no deep expression
    for (size_t i = 0; i < same_parts.size(); i += 2) {
      same_parts[i / 2] = i + 1 < same_parts.size() ? all_of(same_parts[i], same_parts[i + 1]) : same_parts[i];
    }
    same_parts.resize((same_parts.size() + 1) / 2);
  }
  const Expression* same = same_parts.front();
  if (left.valid == nullptr || right.valid == nullptr) {
    return same;
  }
  const Expression* both_invalid = program_.expression<Binary>(BinaryOp::And, not_of(left.valid), not_of(right.valid));
  const Expression* both_valid = all_of(program_.expression<Binary>(BinaryOp::And, left.valid, right.valid), same);
  return program_.expression<Binary>(BinaryOp::Or, both_invalid, both_valid);
}

}  // namespace outrigger::p4_ir
