// The pass unreachable_code: what follows a Return, Break or Continue; states that no transition leads to; procedures
// and parsers that no block, table or call leads to, whose bodies become empty. And a Return at the end of a procedure.
#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

bool cut_after_leaving(Statements& statements) {
  bool has_changed = false;
  for (size_t i = 0; i < statements.size(); ++i) {
    for_each_list(*statements[i], [&](Statements& list) { has_changed |= cut_after_leaving(list); });
    if (i + 1 < statements.size() && never_goes_on({statements[i]})) {
      statements.resize(i + 1);
      return true;
    }
  }
  return has_changed;
}

// A procedure's end returns anyway.
bool drop_last_returns(Statements& statements) {
  bool has_changed = false;
  while (!statements.empty() && statements.back()->kind == StatementKind::Return) {
    statements.pop_back();
    has_changed = true;
  }
  if (!statements.empty() && statements.back()->kind != StatementKind::Loop) {
    for_each_list(*statements.back(), [&](Statements& list) { has_changed |= drop_last_returns(list); });
  }
  return has_changed;
}

bool drop_unreached_states(Parser& parser) {
  constexpr uint32_t unreached = UINT32_MAX;
  std::vector<uint32_t> places(parser.states.size(), unreached);
  std::vector<uint32_t> order;
  const auto reach = [&](uint32_t state) {
    if (state < places.size() && places[state] == unreached) {
      places[state] = 0;
      order.push_back(state);
    }
  };
  reach(parser.start);
  for (size_t i = 0; i < order.size(); ++i) {
    const ParserState& state = parser.states[order[i]];
    if (state.selected.empty() && state.cases.empty()) {
      reach(state.target);
    }
    for (const SelectCase& one : state.cases) {
      reach(one.target);
    }
  }
  if (order.size() == parser.states.size()) {
    return false;
  }
  std::vector<ParserState> kept;
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i] != unreached) {
      places[i] = static_cast<uint32_t>(kept.size());
      kept.push_back(std::move(parser.states[i]));
    }
  }
  const auto move = [&](uint32_t& target) {
    if (target < places.size()) {
      target = places[target] == unreached ? ParserState::Reject : places[target];
    }
  };
  for (ParserState& state : kept) {
    move(state.target);
    for (SelectCase& one : state.cases) {
      move(one.target);
    }
  }
  move(parser.start);
  parser.states = std::move(kept);
  return true;
}

// Procedures and parsers that are reached from the blocks.
class Reached {
 public:
  explicit Reached(const Program& program)
      : program_(program), procedures_(program.procedures.size()), parsers_(program.parsers.size()) {
    for (const Block& block : program.blocks) {
      block.parser.has_value() ? reach(*block.parser) : reach(*block.procedure);
    }
    for (const Extern& one : program.externs) {
      for (const auto& [name, procedure] : one.abstract_methods) {
        reach(procedure);
      }
    }
    for (; !waiting_.empty();) {
      const Statements* const list = waiting_.back();
      waiting_.pop_back();
      for_each_statement(*list, [&](const Statement& statement) { follow(statement); });
    }
  }
  [[nodiscard]] bool has_procedure(size_t number) const { return procedures_[number]; }
  [[nodiscard]] bool has_parser(size_t number) const { return parsers_[number]; }

 private:
  void reach(ProcedureId procedure) {
    if (!procedures_[index_of(procedure)]) {
      procedures_[index_of(procedure)] = true;
      waiting_.push_back(&program_.at(procedure).body);
    }
  }
  void reach(ParserId parser) {
    if (!parsers_[index_of(parser)]) {
      parsers_[index_of(parser)] = true;
      waiting_.push_back(&program_.at(parser).prologue);
      for (const ParserState& state : program_.at(parser).states) {
        waiting_.push_back(&state.statements);
      }
    }
  }
  void follow(const Statement& statement) {
    if (const auto* call = as<Call>(&statement)) {
      reach(call->procedure);
    } else if (const auto* parser = as<CallParser>(&statement)) {
      reach(parser->parser);
    } else if (const auto* apply = as<ApplyTable>(&statement)) {
      for (const TableAction& action : program_.at(apply->table).actions) {
        reach(action.body);
      }
    }
  }

  const Program& program_;
  std::vector<bool> procedures_;
  std::vector<bool> parsers_;
  std::vector<const Statements*> waiting_;
};

bool empty_unreached(Program& program) {
  constexpr std::string_view unreached_name = "$unreached";
  const Reached reached(program);
  bool has_changed = false;
  for (size_t i = 0; i < program.procedures.size(); ++i) {
    Procedure& procedure = program.procedures[i];
    if (!reached.has_procedure(i) && !procedure.body.empty()) {
      procedure.body.clear();
      has_changed = true;
    }
  }
  for (size_t i = 0; i < program.parsers.size(); ++i) {
    Parser& parser = program.parsers[i];
    if (!reached.has_parser(i) && !parser.states.empty() && parser.states.front().name != unreached_name) {
      ParserState end;
      end.name = unreached_name;
      parser.prologue.clear();
      parser.states.assign(1, end);
      parser.start = 0;
      has_changed = true;
    }
  }
  return has_changed;
}

}  // namespace

bool remove_unreachable_code(Program& program) {
  bool has_changed = false;
  for_each_body(program, [&](Statements& list) { has_changed |= cut_after_leaving(list); });
  for (Procedure& procedure : program.procedures) {
    has_changed |= drop_last_returns(procedure.body);
  }
  for (Parser& parser : program.parsers) {
    has_changed |= drop_unreached_states(parser);
  }
  return empty_unreached(program) || has_changed;
}

}  // namespace outrigger::p4_ir
