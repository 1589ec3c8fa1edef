// RandomProgramWriter: expressions.
#include <algorithm>

#include "p4_native/random_program_writer.h"

namespace outrigger::p4_native {

using p4_ir::BinaryOp;
using p4_ir::Bits;
using p4_ir::Expression;

const Expression* RandomProgramWriter::read(p4_ir::VariableId variable) {
  return program_.expression<p4_ir::Read>(variable, program_.at(variable).width);
}

const Expression* RandomProgramWriter::constant(uint32_t of_width, uint64_t value) {
  return program_.expression<p4_ir::Constant>(Bits(of_width, value));
}

const Expression* RandomProgramWriter::leaf(uint32_t of_width) {
  switch (random_.below(6)) {
    case 0: return program_.expression<p4_ir::Constant>(random_.bits(of_width));
    case 1: return constant(of_width, random_.below(4));
    case 2:
      return program_.expression<p4_ir::Resize>(program_.expression<p4_ir::VarbitSize>(varbit()), of_width, false);
    default: {
      const Expression* of = read(scalar());
      return of->width == of_width ? of : program_.expression<p4_ir::Resize>(of, of_width, random_.one_in(2));
    }
  }
}

const Expression* RandomProgramWriter::expression(uint32_t of_width, uint32_t depth) {
  if (depth == 0 || random_.one_in(5)) {
    return leaf(of_width);
  }
  switch (random_.below(9)) {
    case 0: {
      constexpr std::array ops = {p4_ir::UnaryOp::Negate, p4_ir::UnaryOp::Complement};
      return program_.expression<p4_ir::Unary>(ops[random_.below(2)], expression(of_width, depth - 1));
    }
    case 1: {
      const uint32_t low = random_.below(40);
      const uint32_t above = random_.below(40);
      const Expression* of = expression(of_width + low + above, depth - 1);
      return program_.expression<p4_ir::Slice>(of, of_width + low - 1, low);
    }
    case 2: {
      if (of_width == 1) {
        return truth(depth - 1);
      }
      const uint32_t low = 1 + random_.below(of_width - 1);
      return program_.expression<p4_ir::Concatenate>(expression(of_width - low, depth - 1), expression(low, depth - 1));
    }
    case 3: return program_.expression<p4_ir::Resize>(expression(width(), depth - 1), of_width, random_.one_in(2));
    case 4: {
      const Expression* shared = expression(of_width, depth - 1);  // statements may share expressions
      return program_.expression<p4_ir::Choose>(truth(depth - 1), shared,
                                                random_.one_in(3) ? shared : expression(of_width, depth - 1));
    }
    default: return of_width == 1 && random_.one_in(2) ? truth(depth) : binary(of_width, depth);
  }
}

const Expression* RandomProgramWriter::binary(uint32_t of_width, uint32_t depth) {
  const auto op = static_cast<BinaryOp>(random_.below(static_cast<uint32_t>(BinaryOp::Equal)));
  const bool is_shift = op == BinaryOp::ShiftLeft || op == BinaryOp::ShiftRight || op == BinaryOp::ShiftRightSigned;
  const Expression* left = expression(of_width, depth - 1);
  if (!is_shift) {
    return program_.expression<p4_ir::Binary>(op, left, expression(of_width, depth - 1));
  }
  const Expression* by = random_.one_in(2) ? constant(16, random_.below(of_width + 3)) : expression(width(), depth - 1);
  return program_.expression<p4_ir::Binary>(op, left, by);
}

const Expression* RandomProgramWriter::truth(uint32_t depth) {
  if (depth == 0) {
    return leaf(1);
  }
  if (random_.one_in(5)) {
    return program_.expression<p4_ir::Unary>(p4_ir::UnaryOp::Not, truth(depth - 1));
  }
  constexpr auto first = static_cast<uint32_t>(BinaryOp::Equal);
  constexpr auto last = static_cast<uint32_t>(BinaryOp::LessEqualSigned);
  const auto op = static_cast<BinaryOp>(first + random_.below(last - first + 1));
  const Expression* left = expression(width(), depth - 1);
  const Expression* right = random_.one_in(4) ? left : expression(left->width, depth - 1);
  return program_.expression<p4_ir::Binary>(op, left, right);
}

}  // namespace outrigger::p4_native
