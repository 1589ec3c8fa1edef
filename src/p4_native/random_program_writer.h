// RandomProgramWriter: makes the parts of a random program; see random_program.h.
#pragma once

#include <array>
#include <string>

#include "p4_native/random_program.h"

namespace outrigger::p4_native {

class RandomProgramWriter {
 public:
  RandomProgramWriter(p4_ir::Program& program, uint64_t seed, bool is_for_bursts)
      : program_(program), random_(seed), is_for_bursts_(is_for_bursts) {
    is_tidy_ = is_for_bursts && !random_.one_in(3);
  }
  void write();

 private:
  enum class Place : uint8_t { Parser, Control, Deparser };

  // random_program.cc
  uint32_t width();
  void make_variables();
  void make_header(uint32_t number);
  void make_actions_and_tables();
  void make_blocks();
  void observe_some();
  p4_ir::Parser make_parser(const std::string& name, uint32_t states, bool may_call);
  void make_transition(p4_ir::ParserState& state, uint32_t states);
  p4_ir::Keyset keyset(uint32_t of_width);
  p4_ir::ProcedureId add_procedure(std::string name, p4_ir::Statements body);

  // random_expression.cc
  const p4_ir::Expression* expression(uint32_t of_width, uint32_t depth);
  const p4_ir::Expression* leaf(uint32_t of_width);
  const p4_ir::Expression* binary(uint32_t of_width, uint32_t depth);
  const p4_ir::Expression* truth(uint32_t depth);
  const p4_ir::Expression* read(p4_ir::VariableId variable);
  const p4_ir::Expression* constant(uint32_t of_width, uint64_t value);
  p4_ir::VariableId scalar() { return scalars_[random_.below(static_cast<uint32_t>(scalars_.size()))]; }
  p4_ir::VariableId varbit() { return varbits_[random_.below(static_cast<uint32_t>(varbits_.size()))]; }

  // random_statement.cc
  p4_ir::Statements statements(Place place, uint32_t count, uint32_t depth);
  p4_ir::Statement* statement(Place place, uint32_t depth);
  p4_ir::Statement* compound(Place place, uint32_t depth);
  p4_ir::Statement* assignment();
  p4_ir::Statement* loop(Place place, uint32_t depth);
  p4_ir::Statement* call_extern();

  // random_array_call.cc: what bursts do of counters, meters, registers and hashes, by v1model's names.
  void make_arrays();
  void make_profile(p4_ir::Table& table);
  p4_ir::ExternId add_instance(std::string name, std::string type, uint64_t size);
  p4_ir::Statement* array_call();
  p4_ir::ExternArgument value_argument(const p4_ir::Expression* value);
  p4_ir::ExternArgument result_argument(std::span<const p4_ir::VariableId> variables);
  const p4_ir::Expression* array_index();
  p4_ir::ExternArgument argument(p4_ir::ExternArgument::Kind kind);
  p4_ir::Statement* parser_statement();

  p4_ir::Program& program_;
  Random random_;
  bool is_for_bursts_;
  bool is_tidy_ = false;                    // nothing in it makes packets slow
  std::vector<p4_ir::VariableId> scalars_;  // may be assigned
  std::vector<p4_ir::VariableId> varbits_;
  std::vector<p4_ir::VariableId> counters_;  // of loops: not assigned else
  std::vector<p4_ir::VariableId> register_fields_[2];
  uint32_t counters_used_ = 0;
  uint32_t loops_around_ = 0;
  uint32_t callable_ = 0;  // procedures before it may be called
  bool may_call_parser_ = false;
};

}  // namespace outrigger::p4_native
