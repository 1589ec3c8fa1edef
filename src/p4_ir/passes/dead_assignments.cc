// The pass dead_assignments: variables that nothing reads and no architecture observes need no values; and an
// assignment is for nothing when the next one comes before anything has read the variable.
#include <unordered_map>

#include "p4_ir/passes/effects.h"
#include "p4_ir/passes/observed.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

// Which variables matter: those observed, those that something other than an assignment reads, and those that are read
// for an assignment to one that matters.
class Needed {
 public:
  Needed(const Program& program, std::vector<bool> observed)
      : needed_(std::move(observed)), sources_(program.variables.size()) {
    for (size_t i = 0; i < needed_.size(); ++i) {
      if (needed_[i]) {
        waiting_.push_back(static_cast<uint32_t>(i));
      }
    }
    for_each_body(program, [&](const Statements& list) {
      for_each_statement(list, [&](const Statement& statement) { add(program, statement); });
    });
    for (const Parser& parser : program.parsers) {
      for (const ParserState& state : parser.states) {
        for_each_read(state, [&](VariableId variable) { need(variable); });
      }
    }
    while (!waiting_.empty()) {
      const std::vector<VariableId> sources = std::move(sources_[waiting_.back()]);
      waiting_.pop_back();
      for (const VariableId source : sources) {
        need(source);
      }
    }
  }
  [[nodiscard]] bool has(VariableId variable) const { return needed_[index_of(variable)]; }

 private:
  void need(VariableId variable) {
    if (!needed_[index_of(variable)]) {
      needed_[index_of(variable)] = true;
      waiting_.push_back(index_of(variable));
    }
  }
  void add(const Program& program, const Statement& statement) {
    const auto* assign = as<Assign>(&statement);
    const auto* varbit = as<AssignVarbit>(&statement);
    for_each_read(program, statement, [&](VariableId variable) {
      if (assign != nullptr || varbit != nullptr) {
        sources_[index_of(assign != nullptr ? assign->variable : varbit->variable)].push_back(variable);
      } else {
        need(variable);
      }
    });
  }

  std::vector<bool> needed_;
  std::vector<std::vector<VariableId>> sources_;  // what is read for a variable's values
  std::vector<uint32_t> waiting_;                 // needed, and their sources are not yet
};

class DeadAssignments {
 public:
  explicit DeadAssignments(Program& program)
      : program_(program), observed_(observed_variables(program)), needed_(program, observed_), effects_(program) {}
  bool run() {
    for_each_body(program_, [&](Statements& list) { remove(list); });
    return has_changed_;
  }

 private:
  void remove(Statements& statements);
  bool is_unneeded(Statement& statement);
  void cross(const Statement& statement);
  void overwrite(VariableId variable, std::vector<bool>& dead);

  Program& program_;
  std::vector<bool> observed_;
  Needed needed_;
  EffectsOf effects_;
  // Assignments of the list whose values nothing has read yet, by variable: their places in it.
  std::unordered_map<uint32_t, size_t> unread_;
  bool has_changed_ = false;
};

bool DeadAssignments::is_unneeded(Statement& statement) {
  if (auto* apply = as<ApplyTable>(&statement)) {
    const bool drops_hit = apply->has_hit && !needed_.has(apply->hit);
    const bool drops_action_run = apply->has_action_run && !needed_.has(apply->action_run);
    apply->has_hit = apply->has_hit && !drops_hit;
    apply->has_action_run = apply->has_action_run && !drops_action_run;
    has_changed_ |= drops_hit || drops_action_run;
    return false;
  }
  const auto* assign = as<Assign>(&statement);
  const auto* varbit = as<AssignVarbit>(&statement);
  return (assign != nullptr && !needed_.has(assign->variable)) || (varbit != nullptr && !needed_.has(varbit->variable));
}

// What a statement that is no assignment does to the values before it: it may read them, or leave with them.
void DeadAssignments::cross(const Statement& statement) {
  const Effects effects = effects_.of(statement);
  if (effects.is_unknown || effects.may_jump || effects.may_reject) {
    return unread_.clear();
  }
  if (effects.asks_host) {
    std::erase_if(unread_, [&](const auto& one) { return bool{observed_[one.first]}; });
  }
  for (const uint32_t number : effects.reads) {
    unread_.erase(number);
  }
}

void DeadAssignments::overwrite(VariableId variable, std::vector<bool>& dead) {
  if (const auto found = unread_.find(index_of(variable)); found != unread_.end()) {
    dead[found->second] = true;
    unread_.erase(found);
  }
}

void DeadAssignments::remove(Statements& statements) {
  for (Statement* statement : statements) {
    for_each_list(*statement, [&](Statements& list) { remove(list); });
  }
  std::vector<bool> dead(statements.size());
  unread_.clear();
  for (size_t i = 0; i < statements.size(); ++i) {
    Statement& statement = *statements[i];
    if (is_unneeded(statement)) {
      dead[i] = true;
    } else if (statement.kind == StatementKind::Assign || statement.kind == StatementKind::AssignVarbit) {
      for_each_read(program_, statement, [&](VariableId variable) { unread_.erase(index_of(variable)); });
      for_each_write(program_, statement, [&](VariableId variable) {
        overwrite(variable, dead);
        unread_[index_of(variable)] = i;
      });
    } else {
      cross(statement);
      if (statement.kind == StatementKind::CallExtern) {  // its results are always written
        for_each_write(program_, statement, [&](VariableId variable) { overwrite(variable, dead); });
      }
    }
  }
  size_t i = 0;
  has_changed_ |= std::erase_if(statements, [&](const Statement*) { return bool{dead[i++]}; }) > 0;
}

}  // namespace

bool remove_dead_assignments(Program& program) { return DeadAssignments(program).run(); }

}  // namespace outrigger::p4_ir
