// extern_calls.cc: a walk over all statements. Their depth is limited by the compiler (p4/limits.h).
#include "p4_target/extern_calls.h"

namespace outrigger::p4_target {
namespace {

using Visit = std::function<void(const p4_ir::CallExtern&)>;

void walk(const p4_ir::Statements& statements, const Visit& visit) {
  for (const p4_ir::Statement* statement : statements) {
    if (const auto* call = p4_ir::as<p4_ir::CallExtern>(statement)) {
      visit(*call);
    } else if (const auto* branch = p4_ir::as<p4_ir::If>(statement)) {
      walk(branch->if_true, visit);
      walk(branch->if_false, visit);
    } else if (const auto* loop = p4_ir::as<p4_ir::Loop>(statement)) {
      walk(loop->body, visit);
      walk(loop->update, visit);
    } else if (const auto* choice = p4_ir::as<p4_ir::Switch>(statement)) {
      for (const p4_ir::Switch::Case& one : choice->cases) {
        walk(one.body, visit);
      }
      walk(choice->otherwise, visit);
    }
  }
}

}  // namespace

void for_each_extern_call(const p4_ir::Program& program, const Visit& visit) {
  for (const p4_ir::Procedure& procedure : program.procedures) {
    walk(procedure.body, visit);
  }
  for (const p4_ir::Parser& parser : program.parsers) {
    walk(parser.prologue, visit);
    for (const p4_ir::ParserState& state : parser.states) {
      walk(state.statements, visit);
    }
  }
}

}  // namespace outrigger::p4_target
