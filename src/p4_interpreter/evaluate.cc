// Interpreter: expressions.
#include "p4_interpreter/interpreter.h"
#include "p4_ir/operators.h"

namespace outrigger::p4_interpreter {

using p4_ir::as;
using p4_ir::Bits;

Bits Interpreter::evaluate(const p4_ir::Expression& expression) const {
  switch (expression.kind) {
    case p4_ir::ExpressionKind::Constant: return as<p4_ir::Constant>(&expression)->value;
    case p4_ir::ExpressionKind::Read: return variables_[index_of(as<p4_ir::Read>(&expression)->variable)];
    case p4_ir::ExpressionKind::Unary: {
      const auto* unary = as<p4_ir::Unary>(&expression);
      return p4_ir::apply(unary->op, evaluate(*unary->operand));
    }
    case p4_ir::ExpressionKind::Binary: {
      const auto* binary = as<p4_ir::Binary>(&expression);
      return p4_ir::apply(binary->op, evaluate(*binary->left), evaluate(*binary->right));
    }
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

}  // namespace outrigger::p4_interpreter
