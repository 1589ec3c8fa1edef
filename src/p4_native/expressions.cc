// ModuleWriter: expressions. They are pure and total, so that all of one statement's are in one block.
#include "p4_native/limits.h"
#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::BinaryOp;
using p4_ir::ExpressionKind;

LLVMValueRef ModuleWriter::value(const p4_ir::Expression& expression) {
  known_.clear();
  return part(expression);
}

LLVMValueRef ModuleWriter::truth(const p4_ir::Expression& expression) {
  const LLVMValueRef of = value(expression);
  return expression.width == 1 ? of : LLVMBuildICmp(builder_, LLVMIntNE, of, number(expression.width, 0), "");
}

// Statements share expressions freely: each is calculated once.
LLVMValueRef ModuleWriter::part(const p4_ir::Expression& expression) {
  if (const auto found = known_.find(&expression); found != known_.end()) {
    return found->second;
  }
  if (expression.width == 0 || expression.width > width_bits_max) {
    refuse(Code::Unimplemented,
           fmt::format("native code has values of 1 to {} bits, not {}", width_bits_max, expression.width));
  }
  ++depth_;
  const LLVMValueRef made =
      count_node() ? part_of_kind(expression) : number(std::max(1U, std::min(expression.width, width_bits_max)), 0);
  --depth_;
  known_.emplace(&expression, made);
  return made;
}

LLVMValueRef ModuleWriter::part_of_kind(const p4_ir::Expression& expression) {
  const LLVMTypeRef type = int_type(expression.width);
  switch (expression.kind) {
    case ExpressionKind::Constant: return number(as<p4_ir::Constant>(&expression)->value);
    case ExpressionKind::Read: return load_variable(as<p4_ir::Read>(&expression)->variable);
    case ExpressionKind::Unary: return unary(*as<p4_ir::Unary>(&expression));
    case ExpressionKind::Binary: return binary(*as<p4_ir::Binary>(&expression));
    case ExpressionKind::Slice: {
      const auto* slice = as<p4_ir::Slice>(&expression);
      const LLVMValueRef of = part(*slice->operand);
      return resized(LLVMBuildLShr(builder_, of, LLVMConstInt(LLVMTypeOf(of), slice->low, 0), ""), expression.width);
    }
    case ExpressionKind::Concatenate: {
      const auto* pair = as<p4_ir::Concatenate>(&expression);
      const LLVMValueRef high = resized(part(*pair->high), expression.width);
      const LLVMValueRef low = resized(part(*pair->low), expression.width);
      return LLVMBuildOr(builder_, LLVMBuildShl(builder_, high, LLVMConstInt(type, pair->low->width, 0), ""), low, "");
    }
    case ExpressionKind::Resize: {
      const auto* resize = as<p4_ir::Resize>(&expression);
      const LLVMValueRef of = part(*resize->operand);
      return resize->is_signed && expression.width > resize->operand->width ? LLVMBuildSExt(builder_, of, type, "")
                                                                            : resized(of, expression.width);
    }
    case ExpressionKind::Choose: {
      const auto* choice = as<p4_ir::Choose>(&expression);
      const LLVMValueRef condition = part(*choice->condition);
      const LLVMValueRef is_true =
          LLVMBuildICmp(builder_, LLVMIntNE, condition, LLVMConstNull(LLVMTypeOf(condition)), "");
      return LLVMBuildSelect(builder_, is_true, part(*choice->if_true), part(*choice->if_false), "");
    }
    case ExpressionKind::VarbitSize: return varbit_size(as<p4_ir::VarbitSize>(&expression)->variable);
  }
  return number(expression.width, 0);
}

LLVMValueRef ModuleWriter::varbit_size(p4_ir::VariableId variable) {
  return load(int_type(32), pointer_of(variable), 4);
}

LLVMValueRef ModuleWriter::unary(const p4_ir::Unary& expression) {
  const LLVMValueRef operand = part(*expression.operand);
  return expression.op == p4_ir::UnaryOp::Negate ? LLVMBuildNeg(builder_, operand, "")
                                                 : LLVMBuildNot(builder_, operand, "");
}

LLVMValueRef ModuleWriter::binary(const p4_ir::Binary& expression) {
  const LLVMValueRef a = part(*expression.left);
  const LLVMValueRef b = part(*expression.right);
  const LLVMTypeRef type = LLVMTypeOf(a);
  switch (expression.op) {
    case BinaryOp::Add: return LLVMBuildAdd(builder_, a, b, "");
    case BinaryOp::Subtract: return LLVMBuildSub(builder_, a, b, "");
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
    case BinaryOp::Modulo: return multiply_or_divide(expression, a, b);
    case BinaryOp::AddSaturating: return intrinsic("llvm.uadd.sat", type, {a, b});
    case BinaryOp::SubtractSaturating: return intrinsic("llvm.usub.sat", type, {a, b});
    case BinaryOp::AddSaturatingSigned: return intrinsic("llvm.sadd.sat", type, {a, b});
    case BinaryOp::SubtractSaturatingSigned: return intrinsic("llvm.ssub.sat", type, {a, b});
    case BinaryOp::And: return LLVMBuildAnd(builder_, a, b, "");
    case BinaryOp::Or: return LLVMBuildOr(builder_, a, b, "");
    case BinaryOp::Xor: return LLVMBuildXor(builder_, a, b, "");
    case BinaryOp::ShiftLeft:
    case BinaryOp::ShiftRight:
    case BinaryOp::ShiftRightSigned: return shift(expression, a, b);
    default: return comparison(expression, a, b);
  }
}

LLVMValueRef ModuleWriter::comparison(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b) {
  if (expression.left->width != expression.right->width) {  // never equal, as Bits have it
    return number(1, expression.op == BinaryOp::NotEqual ? 1 : 0);
  }
  const auto compare = [&](LLVMIntPredicate predicate) { return LLVMBuildICmp(builder_, predicate, a, b, ""); };
  switch (expression.op) {
    case BinaryOp::NotEqual: return compare(LLVMIntNE);
    case BinaryOp::Less: return compare(LLVMIntULT);
    case BinaryOp::LessEqual: return compare(LLVMIntULE);
    case BinaryOp::LessSigned: return compare(LLVMIntSLT);
    case BinaryOp::LessEqualSigned: return compare(LLVMIntSLE);
    default: return compare(LLVMIntEQ);
  }
}

LLVMValueRef ModuleWriter::multiply_or_divide(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b) {
  if (expression.op == BinaryOp::Multiply) {
    return expression.width <= multiply_bits_inline_max ? LLVMBuildMul(builder_, a, b, "")
                                                        : call_arithmetic(expression, a, b);
  }
  if (expression.width > divide_bits_inline_max) {
    return call_arithmetic(expression, a, b);
  }
  // By zero gives zero; a processor would trap.
  const LLVMValueRef zero = number(expression.width, 0);
  const LLVMValueRef is_zero = LLVMBuildICmp(builder_, LLVMIntEQ, b, zero, "");
  const LLVMValueRef divisor = LLVMBuildSelect(builder_, is_zero, number(expression.width, 1), b, "");
  const LLVMValueRef result = expression.op == BinaryOp::Divide ? LLVMBuildUDiv(builder_, a, divisor, "")
                                                                : LLVMBuildURem(builder_, a, divisor, "");
  return LLVMBuildSelect(builder_, is_zero, zero, result, "");
}

// LLVM leaves shifts by the width or more undefined; here they push everything out.
LLVMValueRef ModuleWriter::shift(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b) {
  const uint32_t width = expression.left->width;
  const uint32_t amount_width = expression.right->width;
  const bool can_be_large = amount_width >= 32 || (uint64_t{1} << amount_width) > width;
  const LLVMValueRef is_large =
      can_be_large ? LLVMBuildICmp(builder_, LLVMIntUGE, b, number(amount_width, width), "") : number(1, 0);
  const LLVMValueRef amount = LLVMBuildSelect(builder_, is_large, number(width, 0), resized(b, width), "");
  if (expression.op == BinaryOp::ShiftRightSigned) {
    const LLVMValueRef all = number(width, width - 1);
    return LLVMBuildAShr(builder_, a, LLVMBuildSelect(builder_, is_large, all, amount, ""), "");
  }
  const LLVMValueRef shifted = expression.op == BinaryOp::ShiftLeft ? LLVMBuildShl(builder_, a, amount, "")
                                                                    : LLVMBuildLShr(builder_, a, amount, "");
  return LLVMBuildSelect(builder_, is_large, number(width, 0), shifted, "");
}

LLVMValueRef ModuleWriter::call_arithmetic(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b) {
  const uint32_t width = expression.width;
  const LLVMTypeRef type = memory_type(width);
  const LLVMValueRef left = entry_alloca(type);
  const LLVMValueRef right = entry_alloca(type);
  const LLVMValueRef result = entry_alloca(type);
  store_scalar(a, left, width);
  store_scalar(b, right, width);
  call(run_time("p4_arithmetic"),
       {number(32, static_cast<uint32_t>(expression.op)), number(32, width), left, right, result});
  return load_scalar(result, width);
}

}  // namespace outrigger::p4_native
