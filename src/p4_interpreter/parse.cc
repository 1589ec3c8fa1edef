// Interpreter: parsers (P4-16 §12, §13.8).
#include <algorithm>

#include "p4_interpreter/interpreter.h"

namespace outrigger::p4_interpreter {

using p4_ir::Bits;
using p4_ir::Keyset;
using p4_ir::Outcome;
using p4_ir::ParserState;

Interpreter::Flow Interpreter::reject(std::string_view error) {
  const auto number = program_.find_error(error);
  variables_[index_of(program_.parser_error)] = Bits(p4_ir::Program::error_width, number.value_or(0));
  return Flow::Reject;
}

Outcome Interpreter::run_parser(const p4_ir::Parser& parser) {
  Flow flow = execute(parser.prologue);
  uint32_t at = parser.start;
  while (flow == Flow::Next) {
    if (at == ParserState::Accept) {
      return Outcome::Done;
    }
    if (at == ParserState::Reject || at >= parser.states.size()) {
      return Outcome::Rejected;
    }
    const ParserState& state = parser.states[at];
    parser_steps_ += state.step_cost;
    if (parser_steps_ > p4_ir::Program::parser_steps_max) {
      return Outcome::Exhausted;
    }
    flow = execute(state.statements);
    if (flow == Flow::Next) {
      bool has_match = true;
      at = next_state(state, has_match);
      if (!has_match) {
        flow = reject("NoMatch");
      }
    }
  }
  switch (flow) {
    case Flow::Return: return Outcome::Done;
    case Flow::Exhausted: return Outcome::Exhausted;
    default: return Outcome::Rejected;
  }
}

uint32_t Interpreter::next_state(const ParserState& state, bool& has_match) const {
  if (state.selected.empty() && state.cases.empty()) {
    return state.target;
  }
  std::vector<Bits> selected;
  for (const p4_ir::Expression* expression : state.selected) {
    selected.push_back(evaluate(*expression));
  }
  for (const p4_ir::SelectCase& one : state.cases) {
    if (matches(one, selected)) {
      return one.target;
    }
  }
  has_match = false;
  return ParserState::Reject;
}

bool Interpreter::matches(const p4_ir::SelectCase& one, std::span<const Bits> selected) const {
  if (one.value_set.has_value()) {
    return host_.is_in_set(*one.value_set, selected);
  }
  for (size_t i = 0; i < one.keysets.size() && i < selected.size(); ++i) {
    const Keyset& keyset = one.keysets[i];
    const Bits& value = selected[i];
    bool is_match = true;
    switch (keyset.kind) {
      case Keyset::Kind::Any: break;
      case Keyset::Kind::Equal: is_match = value == evaluate(*keyset.value); break;
      case Keyset::Kind::Masked: {
        const Bits mask = evaluate(*keyset.mask);
        is_match = Bits::bit_and(value, mask) == Bits::bit_and(evaluate(*keyset.value), mask);
        break;
      }
      case Keyset::Kind::Range: {
        const Bits least = evaluate(*keyset.value);
        const Bits greatest = evaluate(*keyset.mask);
        is_match = keyset.is_signed ? !Bits::less_signed(value, least) && !Bits::less_signed(greatest, value)
                                    : !Bits::less_unsigned(value, least) && !Bits::less_unsigned(greatest, value);
        break;
      }
      case Keyset::Kind::InSet: is_match = host_.is_in_set(keyset.set, selected.subspan(i, 1)); break;
    }
    if (!is_match) {
      return false;
    }
  }
  return true;
}

Interpreter::Flow Interpreter::extract(const p4_ir::Extract& statement) {
  const p4_ir::Header& header = program_.at(statement.header);
  uint64_t varbit_bits = 0;
  if (header.varbit_field >= 0 && statement.varbit_size != nullptr) {
    const Bits size = evaluate(*statement.varbit_size);
    const p4_ir::Variable& varbit = program_.at(header.fields[static_cast<size_t>(header.varbit_field)]);
    varbit_bits = size.fits_64() ? size.low() : UINT64_MAX;
    if (varbit_bits > varbit.width) {
      return reject("HeaderTooShort");
    }
  }
  if (header.width_fixed + varbit_bits > bits_left()) {
    return reject("PacketTooShort");
  }
  for (size_t i = 0; i < header.fields.size(); ++i) {
    const p4_ir::Variable& field = program_.at(header.fields[i]);
    const auto width = field.is_varbit ? static_cast<uint32_t>(varbit_bits) : field.width;
    variables_[index_of(header.fields[i])] = Bits::from_bytes(width, packet_, cursor_);
    cursor_ += width;
  }
  variables_[index_of(header.valid)] = Bits(1, 1);
  return Flow::Next;
}

Interpreter::Flow Interpreter::look_ahead(const p4_ir::Lookahead& statement) {
  if (statement.width > bits_left()) {
    return reject("PacketTooShort");
  }
  uint32_t at = cursor_;
  for (const p4_ir::VariableId variable : statement.variables) {
    const uint32_t width = program_.at(variable).width;
    variables_[index_of(variable)] = Bits::from_bytes(width, packet_, at);
    at += width;
  }
  return Flow::Next;
}

}  // namespace outrigger::p4_interpreter
