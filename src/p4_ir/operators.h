// What the operators of expressions calculate, for the interpreter and for folding.
#pragma once

#include "p4_ir/expression.h"

namespace outrigger::p4_ir {

// Widths as the operator says (expression.h).
Bits apply(UnaryOp op, const Bits& operand);
Bits apply(BinaryOp op, const Bits& left, const Bits& right);

}  // namespace outrigger::p4_ir
