// What one statement or expression of the lowered program costs an engine, roughly: 1 is some tens of nanoseconds of
// the interpreter.
#pragma once

#include <cstdint>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

class Work {
 public:
  // `work_max`: what need not be told apart any more; it also bounds the time that is spent here.
  Work(const Program& program, uint64_t work_max) : program_(program), work_max_(work_max) {}

  // Of the statement itself with its expressions, without the statements inside it.
  uint64_t of(const Statement& statement);
  // Of what leads out of the state.
  uint64_t of_transition(const ParserState& state);
  // Of all expressions seen: how many are inside one another at most.
  [[nodiscard]] uint32_t depth() const noexcept { return depth_; }

 private:
  void add(const Expression* expression, uint32_t depth = 0);
  void add(const ExternArgument& argument);
  void add_variable(VariableId variable);
  void add_apply(const Table& table);
  [[nodiscard]] bool is_full() const noexcept { return sum_ > work_max_ || visited_ > work_max_; }

  const Program& program_;
  const uint64_t work_max_;
  uint64_t sum_ = 0;
  // Expressions are shared, and engines evaluate them as often as they are written: this counts them so, for all
  // statements together.
  uint64_t visited_ = 0;
  uint32_t depth_ = 0;
};

}  // namespace outrigger::p4_ir
