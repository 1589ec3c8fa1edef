// variable_reads.cc: a walk over all statements, transitions and keys.
#include "p4_target/variable_reads.h"

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_target {
namespace {

// v1model's is given all standard metadata, and looks at none.
bool is_mark_to_drop(const p4_ir::Statement& statement) {
  const auto* call = p4_ir::as<p4_ir::CallExtern>(&statement);
  return call != nullptr && call->instance == p4_ir::ExternId::None && call->name == "mark_to_drop";
}

}  // namespace

std::vector<bool> variables_read(const p4_ir::Program& program) {
  std::vector<bool> is_read(program.variables.size());
  const auto note = [&](p4_ir::VariableId variable) { is_read[index_of(variable)] = true; };
  p4_ir::for_each_body(program, [&](const p4_ir::Statements& body) {
    p4_ir::for_each_statement(body, [&](const p4_ir::Statement& statement) {
      if (!is_mark_to_drop(statement)) {
        p4_ir::for_each_read(program, statement, note);
      }
    });
  });
  for (const p4_ir::Parser& parser : program.parsers) {
    for (const p4_ir::ParserState& state : parser.states) {
      p4_ir::for_each_read(state, note);
    }
  }
  for (const p4_ir::Table& table : program.tables) {
    for (const p4_ir::TableKey& key : table.keys) {
      p4_ir::for_each_read(*key.value, note);
    }
  }
  return is_read;
}

}  // namespace outrigger::p4_target
