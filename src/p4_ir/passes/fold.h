// Folding of expressions: constants are calculated, and what an operand alone decides is that operand.
#pragma once

#include <functional>
#include <unordered_map>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// A simpler expression of the same value, or the one given. Its operands are as simple as they get.
const Expression* folded(Program& program, const Expression* expression);

// `!condition`, folded.
const Expression* inverted(Program& program, const Expression* condition);

[[nodiscard]] bool is_constant(const Expression* expression, uint64_t value) noexcept;

// Folds whole expressions from the leaves on, and may exchange what they read. Shared parts stay shared.
class Folder {
 public:
  // What to have for a read; the read itself where there is nothing better.
  using Exchange = std::function<const Expression*(const Read& read)>;
  explicit Folder(Program& program, Exchange exchange = {}) : program_(program), exchange_(std::move(exchange)) {}
  const Expression* fold(const Expression* expression);
  void forget() { known_ = {}; }  // what was read may have other values from here on

 private:
  const Expression* fold_operands(const Expression* expression);

  Program& program_;
  Exchange exchange_;
  std::unordered_map<const Expression*, const Expression*> known_;
};

}  // namespace outrigger::p4_ir
