// A walk over all statements, in no order.
#include "p4_native/burst_changes.h"

#include <set>

#include "p4_native/burst_calls.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::Statements;

namespace {

class Changes {
 public:
  Changes(const p4_ir::Program& program, const BurstShape& shape)
      : program_(program), shape_(shape), is_changed_(program.variables.size()) {}
  std::vector<bool> find() {
    for (const p4_ir::Procedure& procedure : program_.procedures) {
      walk(procedure.body);
    }
    for (const p4_ir::Parser& parser : program_.parsers) {
      walk(parser.prologue);
      for (const p4_ir::ParserState& state : parser.states) {
        walk(state.statements);
      }
    }
    for (const p4_ir::Table& table : program_.tables) {
      for (const p4_ir::TableAction& action : table.actions) {
        for (const p4_ir::ActionParameter& parameter : action.parameters) {
          note(parameter.variable);
        }
      }
    }
    note_headers();
    note_shape();
    return std::move(is_changed_);
  }

 private:
  void note(p4_ir::VariableId variable) { is_changed_[index_of(variable)] = true; }
  void note_result(const p4_ir::ExternArgument& argument) {
    if (argument.kind == p4_ir::ExternArgument::Kind::Result || argument.kind == p4_ir::ExternArgument::Kind::Both) {
      for (const p4_ir::ExternArgument::Part& part : argument.parts) {
        note(part.variable);
      }
    }
  }
  void note_call(const p4_ir::CallExtern& call) {
    const BurstExtern* known = find_burst_extern(program_, shape_, call);
    if (known != nullptr && known->kind == BurstExtern::Kind::Sets) {
      for (const auto& [variable, set_to] : values_set(program_, call, *known)) {
        note(variable);
      }
      return;
    }
    for (const p4_ir::ExternArgument& argument : call.arguments) {
      note_result(argument);
    }
    note_result(call.result);
  }
  // A variable of two headers is set by the extract of the other.
  void note_headers() {
    std::set<p4_ir::VariableId> seen;
    for (const p4_ir::Header& header : program_.headers) {
      for (const p4_ir::VariableId field : header.fields) {
        if (!seen.insert(field).second) {
          note(field);
        }
      }
    }
  }
  void note_shape() {
    const auto note_all = [&](const std::vector<p4_ir::VariableId>& variables) {
      for (const p4_ir::VariableId variable : variables) {
        note(variable);
      }
    };
    note_all(shape_.timestamps);
    for (const auto& input : {shape_.ingress_port, shape_.packet_length}) {
      if (input.has_value()) {
        note(*input);
      }
    }
    if (shape_.port_class.has_value()) {
      note(shape_.port_class->first);
    }
    for (const BurstStep& step : shape_.steps) {
      note_all(step.timestamps);
      for (const auto& [to, from] : step.copies) {
        note(to);
      }
      for (const auto& [to, value] : step.sets) {
        note(to);
      }
    }
    for (const BurstExtern& one : shape_.externs) {
      for (const auto& [to, value] : one.sets) {
        note(to);
      }
    }
  }
  void walk(const Statements& statements) {
    for (const p4_ir::Statement* statement : statements) {
      walk(*statement);
    }
  }
  void walk(const p4_ir::Statement& statement) {
    if (const auto* assign = as<p4_ir::Assign>(&statement)) {
      note(assign->variable);
    } else if (const auto* varbit = as<p4_ir::AssignVarbit>(&statement)) {
      note(varbit->variable);
    } else if (const auto* call = as<p4_ir::CallExtern>(&statement)) {
      note_call(*call);
    } else if (const auto* ahead = as<p4_ir::Lookahead>(&statement)) {
      for (const p4_ir::VariableId variable : ahead->variables) {
        note(variable);
      }
    } else if (const auto* apply = as<p4_ir::ApplyTable>(&statement)) {
      if (apply->has_hit) {
        note(apply->hit);
      }
      if (apply->has_action_run) {
        note(apply->action_run);
      }
    } else if (const auto* branch = as<p4_ir::If>(&statement)) {
      walk(branch->if_true);
      walk(branch->if_false);
    } else if (const auto* loop = as<p4_ir::Loop>(&statement)) {
      walk(loop->body);
      walk(loop->update);
    } else if (const auto* choice = as<p4_ir::Switch>(&statement)) {
      for (const p4_ir::Switch::Case& one : choice->cases) {
        walk(one.body);
      }
      walk(choice->otherwise);
    }
  }

  const p4_ir::Program& program_;
  const BurstShape& shape_;
  std::vector<bool> is_changed_;
};

}  // namespace

std::vector<bool> find_changed_variables(const p4_ir::Program& program, const BurstShape& shape) {
  return Changes(program, shape).find();
}

}  // namespace outrigger::p4_native
