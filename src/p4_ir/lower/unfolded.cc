// The size of a lowered program with all calls unfolded.
#include "p4_ir/lower/unfolded.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace outrigger::p4_ir {
namespace {

class Measure {
 public:
  explicit Measure(const Program& program)
      : program_(program), procedures_(program.procedures.size()), parsers_(program.parsers.size()) {}

  Unfolded of(ProcedureId id) {
    if (!procedures_[index_of(id)].has_value()) {
      const Unfolded made = of(program_.at(id).body);
      procedures_[index_of(id)] = made;
    }
    return *procedures_[index_of(id)];
  }

  Unfolded of(ParserId id) {
    if (!parsers_[index_of(id)].has_value()) {
      const Parser& parser = program_.at(id);
      Unfolded whole = of(parser.prologue);
      for (const ParserState& state : parser.states) {
        add(whole, of(state.statements));
      }
      parsers_[index_of(id)] = whole;
    }
    return *parsers_[index_of(id)];
  }

 private:
  // One after the other.
  static void add(Unfolded& whole, const Unfolded& part) {
    whole.statements = std::min(whole.statements + part.statements, unfolded_statements_max + 1);
    whole.depth = std::max(whole.depth, std::min(part.depth, unfolded_depth_max + 1));
  }

  Unfolded of(const Statements& statements) {
    Unfolded whole;
    for (const Statement* statement : statements) {
      Unfolded inside = of(*statement);
      ++inside.statements;
      ++inside.depth;
      add(whole, inside);
    }
    return whole;
  }

  Unfolded of(const Statement& statement) {
    Unfolded inside;
    if (const auto* test = as<If>(&statement)) {
      add(inside, of(test->if_true));
      add(inside, of(test->if_false));
    } else if (const auto* choice = as<Switch>(&statement)) {
      for (const Switch::Case& one : choice->cases) {
        add(inside, of(one.body));
      }
      add(inside, of(choice->otherwise));
    } else if (const auto* loop = as<Loop>(&statement)) {
      add(inside, of(loop->body));
      add(inside, of(loop->update));
    } else if (const auto* call = as<Call>(&statement)) {
      add(inside, of(call->procedure));
    } else if (const auto* sub_parser = as<CallParser>(&statement)) {
      add(inside, of(sub_parser->parser));
    } else if (const auto* apply = as<ApplyTable>(&statement)) {
      for (const TableAction& action : program_.at(apply->table).actions) {
        const Unfolded one = of(action.body);
        inside = {.statements = std::max(inside.statements, one.statements),
                  .depth = std::max(inside.depth, one.depth)};
      }
    }
    return inside;
  }

  const Program& program_;
  std::vector<std::optional<Unfolded>> procedures_;
  std::vector<std::optional<Unfolded>> parsers_;
};

}  // namespace

Unfolded unfolded(const Program& program) {
  Measure measure(program);
  Unfolded most;
  for (const Block& block : program.blocks) {
    const Unfolded one = block.parser.has_value()      ? measure.of(*block.parser)
                         : block.procedure.has_value() ? measure.of(*block.procedure)
                                                       : Unfolded{};
    most = {.statements = std::max(most.statements, one.statements), .depth = std::max(most.depth, one.depth)};
  }
  return most;
}

}  // namespace outrigger::p4_ir
