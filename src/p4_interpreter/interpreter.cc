// Interpreter: a packet's beginning and end.
#include "p4_interpreter/interpreter.h"

#include "base/check.h"

namespace outrigger::p4_interpreter {

using p4_ir::Bits;
using p4_ir::Outcome;

Interpreter::Interpreter(const p4_ir::Program& program, p4_ir::Host& host) : program_(program), host_(host) {
  zeroes_.reserve(program.variables.size());
  for (const p4_ir::Variable& variable : program.variables) {
    zeroes_.emplace_back(variable.is_varbit ? 0 : variable.width);
  }
  variables_ = zeroes_;
}

void Interpreter::begin(std::span<const uint8_t> packet) {
  variables_ = zeroes_;
  loop_turns_ = 0;
  parser_steps_ = 0;
  set_packet(packet);
}

void Interpreter::set_packet(std::span<const uint8_t> packet) {
  packet_.assign(packet.begin(), packet.end());
  cursor_ = 0;
  output_.take();
}

Outcome Interpreter::run(const p4_ir::Block& block) {
  variables_[index_of(program_.exited)] = Bits(1);
  if (block.parser.has_value()) {
    variables_[index_of(program_.parser_error)] = Bits(p4_ir::Program::error_width);
    return run_parser(program_.at(*block.parser));
  }
  return execute_call(*block.procedure) == Flow::Exhausted ? Outcome::Exhausted : Outcome::Done;
}

Bits Interpreter::get(p4_ir::VariableId variable) const { return variables_[index_of(variable)]; }

void Interpreter::set(p4_ir::VariableId variable, const Bits& value) {
  const p4_ir::Variable& of = program_.at(variable);
  check(of.is_varbit ? value.width() <= of.width : value.width() == of.width, "a value as wide as its variable");
  variables_[index_of(variable)] = value;
}

std::vector<uint8_t> Interpreter::take_output() {
  output_.append(packet_, cursor_);
  return output_.take();
}

}  // namespace outrigger::p4_interpreter
