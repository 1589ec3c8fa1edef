// The size of a lowered program with all calls unfolded.
#include "p4_ir/lower/unfolded.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "p4_ir/lower/work.h"

namespace outrigger::p4_ir {
namespace {

class Measure {
 public:
  explicit Measure(Program& program)
      : program_(program),
        work_(program, unfolded_work_max),
        procedures_(program.procedures.size()),
        parsers_(program.parsers.size()) {}

  Unfolded of(ProcedureId id) {
    if (!procedures_[index_of(id)].has_value()) {
      const Unfolded made = of(program_.at(id).body);
      procedures_[index_of(id)] = made;
    }
    return *procedures_[index_of(id)];
  }

  Unfolded of(ParserId id) {
    if (!parsers_[index_of(id)].has_value()) {
      Parser& parser = program_.parsers[index_of(id)];
      Unfolded whole = of(parser.prologue);
      for (ParserState& state : parser.states) {
        Unfolded one = of(state.statements);
        one.work += work_.of_transition(state);
        state.step_cost = static_cast<uint32_t>(1 + one.work / step_work);
        add(whole, one);
      }
      parsers_[index_of(id)] = whole;
    }
    return *parsers_[index_of(id)];
  }

  [[nodiscard]] uint32_t expression_depth() const noexcept { return work_.depth(); }

 private:
  // One after the other.
  static void add(Unfolded& whole, const Unfolded& part) {
    whole.statements = std::min(whole.statements + part.statements, unfolded_statements_max + 1);
    whole.work = std::min(whole.work + part.work, unfolded_work_max + 1);
    whole.depth = std::max(whole.depth, std::min(part.depth, unfolded_depth_max + 1));
  }

  Unfolded of(const Statements& statements) {
    Unfolded whole;
    for (Statement* statement : statements) {
      Unfolded inside = of(*statement);
      ++inside.statements;
      inside.work += work_.of(*statement);
      ++inside.depth;
      add(whole, inside);
    }
    return whole;
  }

  Unfolded of(Statement& statement) {
    Unfolded inside;
    if (const auto* test = as<If>(&statement)) {
      add(inside, of(test->if_true));
      add(inside, of(test->if_false));
    } else if (const auto* choice = as<Switch>(&statement)) {
      for (const Switch::Case& one : choice->cases) {
        add(inside, of(one.body));
      }
      add(inside, of(choice->otherwise));
    } else if (auto* loop = as<Loop>(&statement)) {
      add(inside, of(loop->body));
      add(inside, of(loop->update));
      loop->turn_cost = static_cast<uint32_t>(1 + inside.work / turn_work);
    } else if (const auto* call = as<Call>(&statement)) {
      add(inside, of(call->procedure));
    } else if (const auto* sub_parser = as<CallParser>(&statement)) {
      add(inside, of(sub_parser->parser));
    } else if (const auto* apply = as<ApplyTable>(&statement)) {
      for (const TableAction& action : program_.at(apply->table).actions) {
        const Unfolded one = of(action.body);
        inside = {.statements = std::max(inside.statements, one.statements),
                  .work = std::max(inside.work, one.work),
                  .depth = std::max(inside.depth, one.depth)};
      }
    }
    return inside;
  }

  Program& program_;
  Work work_;
  std::vector<std::optional<Unfolded>> procedures_;
  std::vector<std::optional<Unfolded>> parsers_;
};

}  // namespace

Unfolded unfold(Program& program) {
  Measure measure(program);
  Unfolded most;
  for (const Block& block : program.blocks) {
    const Unfolded one = block.parser.has_value()      ? measure.of(*block.parser)
                         : block.procedure.has_value() ? measure.of(*block.procedure)
                                                       : Unfolded{};
    most = {.statements = std::max(most.statements, one.statements),
            .work = std::max(most.work, one.work),
            .depth = std::max(most.depth, one.depth)};
  }
  most.expression_depth = measure.expression_depth();
  return most;
}

}  // namespace outrigger::p4_ir
