// Interpreter: a p4_ir::Engine that walks the lowered program.
//
// What is undefined in P4-16 is defined here, and native code does the same: variables that were not set are zero,
// fields of invalid headers keep what they had, a read outside of a stack gives its last element, made invalid.
#pragma once

#include <optional>
#include <vector>

#include "p4_interpreter/bit_writer.h"
#include "p4_ir/engine.h"

namespace outrigger::p4_interpreter {

class Interpreter final : public p4_ir::Engine {
 public:
  // Both must live longer.
  Interpreter(const p4_ir::Program& program, p4_ir::Host& host);

  void begin(std::span<const uint8_t> packet) override;
  void set_packet(std::span<const uint8_t> packet) override;
  p4_ir::Outcome run(const p4_ir::Block& block) override;
  [[nodiscard]] p4_ir::Bits get(p4_ir::VariableId variable) const override;
  void set(p4_ir::VariableId variable, const p4_ir::Bits& value) override;
  [[nodiscard]] uint32_t packet_bytes() const override { return static_cast<uint32_t>(packet_.size()); }
  [[nodiscard]] uint32_t parsed_bits() const override { return cursor_; }
  std::vector<uint8_t> take_output() override;

 private:
  // How a statement leaves.
  enum class Flow : uint8_t { Next, Break, Continue, Return, Reject, Exhausted };

  // evaluate.cc
  [[nodiscard]] p4_ir::Bits evaluate(const p4_ir::Expression& expression) const;
  [[nodiscard]] bool is_true(const p4_ir::Expression& expression) const { return !evaluate(expression).is_zero(); }

  // execute.cc
  Flow execute(const p4_ir::Statements& statements);
  Flow execute(const p4_ir::Statement& statement);
  Flow execute_switch(const p4_ir::Switch& statement);
  Flow execute_loop(const p4_ir::Loop& statement);
  Flow execute_call(p4_ir::ProcedureId procedure);
  Flow apply(const p4_ir::ApplyTable& statement);
  void call_extern(const p4_ir::CallExtern& statement);
  void emit(const p4_ir::Header& header);

  // parse.cc
  p4_ir::Outcome run_parser(const p4_ir::Parser& parser);
  Flow extract(const p4_ir::Extract& statement);
  Flow look_ahead(const p4_ir::Lookahead& statement);
  Flow reject(std::string_view error);
  [[nodiscard]] uint32_t next_state(const p4_ir::ParserState& state, bool& has_match) const;
  [[nodiscard]] bool matches(const p4_ir::SelectCase& one, std::span<const p4_ir::Bits> selected) const;
  [[nodiscard]] uint64_t bits_left() const { return uint64_t{packet_.size()} * 8 - cursor_; }

  const p4_ir::Program& program_;
  p4_ir::Host& host_;
  std::vector<p4_ir::Bits> zeroes_;  // of every variable: what a packet begins with
  std::vector<p4_ir::Bits> variables_;
  std::vector<uint8_t> packet_;
  uint32_t cursor_ = 0;  // bits of the packet that have been parsed
  BitWriter output_;
  uint64_t loop_turns_ = 0;
  uint64_t parser_steps_ = 0;
};

}  // namespace outrigger::p4_interpreter
