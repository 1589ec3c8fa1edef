// variable_reads.cc: a walk over all expressions. Their depth is limited by the compiler (p4/limits.h).
#include "p4_target/variable_reads.h"

#include <unordered_set>

namespace outrigger::p4_target {
namespace {

using p4_ir::as;
using p4_ir::Expression;
using p4_ir::Statement;
using p4_ir::Statements;

class Walk {
 public:
  explicit Walk(const p4_ir::Program& program) : program_(program), is_read_(program.variables.size()) {}

  std::vector<bool> run() {
    for (const p4_ir::Procedure& procedure : program_.procedures) {
      look(procedure.body);
    }
    for (const p4_ir::Parser& parser : program_.parsers) {
      look(parser.prologue);
      for (const p4_ir::ParserState& state : parser.states) {
        look(state);
      }
    }
    for (const p4_ir::Table& table : program_.tables) {
      for (const p4_ir::TableKey& key : table.keys) {
        look(key.value);
      }
    }
    return std::move(is_read_);
  }

 private:
  void look(const Statements& statements) {
    for (const Statement* statement : statements) {
      look(*statement);
    }
  }

  void look(const Statement& statement) {
    if (const auto* assign = as<p4_ir::Assign>(&statement)) {
      look(assign->value);
    } else if (const auto* varbit = as<p4_ir::AssignVarbit>(&statement)) {
      note(varbit->from);
    } else if (const auto* branch = as<p4_ir::If>(&statement)) {
      look(branch->condition);
      look(branch->if_true);
      look(branch->if_false);
    } else if (const auto* loop = as<p4_ir::Loop>(&statement)) {
      look(loop->body);
      look(loop->update);
    } else if (const auto* choice = as<p4_ir::Switch>(&statement)) {
      look(*choice);
    } else if (const auto* call = as<p4_ir::CallExtern>(&statement)) {
      look(*call);
    } else {
      look_at_parsing(statement);
    }
  }

  void look_at_parsing(const Statement& statement) {
    if (const auto* extract = as<p4_ir::Extract>(&statement)) {
      look(extract->varbit_size);
    } else if (const auto* advance = as<p4_ir::Advance>(&statement)) {
      look(advance->bits);
    } else if (const auto* verify = as<p4_ir::Verify>(&statement)) {
      look(verify->condition);
      look(verify->error);
    } else if (const auto* emit = as<p4_ir::Emit>(&statement)) {
      const p4_ir::Header& header = program_.at(emit->header);
      note(header.valid);
      for (const p4_ir::VariableId field : header.fields) {
        note(field);
      }
    }
  }

  void look(const p4_ir::Switch& choice) {
    look(choice.subject);
    for (const p4_ir::Switch::Case& one : choice.cases) {
      look(one.body);
    }
    look(choice.otherwise);
  }

  void look(const p4_ir::CallExtern& call) {
    if (call.instance == p4_ir::ExternId::None && call.name == "mark_to_drop") {
      return;  // v1model's is given all standard metadata, and looks at none
    }
    for (const p4_ir::ExternArgument& argument : call.arguments) {
      for (const p4_ir::ExternArgument::Part& part : argument.parts) {
        look(part.value);
      }
      for (const Expression* valid : argument.header_valid) {
        look(valid);
      }
    }
  }

  void look(const p4_ir::ParserState& state) {
    look(state.statements);
    for (const Expression* selected : state.selected) {
      look(selected);
    }
    for (const p4_ir::SelectCase& one : state.cases) {
      for (const p4_ir::Keyset& keyset : one.keysets) {
        look(keyset.value);
        look(keyset.mask);
      }
    }
  }

  void look(const Expression* expression) {
    if (expression == nullptr || !seen_.insert(expression).second) {
      return;
    }
    if (const auto* read = as<p4_ir::Read>(expression)) {
      note(read->variable);
    } else if (const auto* size = as<p4_ir::VarbitSize>(expression)) {
      note(size->variable);
    } else if (const auto* unary = as<p4_ir::Unary>(expression)) {
      look(unary->operand);
    } else if (const auto* binary = as<p4_ir::Binary>(expression)) {
      look(binary->left);
      look(binary->right);
    } else if (const auto* slice = as<p4_ir::Slice>(expression)) {
      look(slice->operand);
    } else if (const auto* joined = as<p4_ir::Concatenate>(expression)) {
      look(joined->high);
      look(joined->low);
    } else if (const auto* resize = as<p4_ir::Resize>(expression)) {
      look(resize->operand);
    } else if (const auto* choose = as<p4_ir::Choose>(expression)) {
      look(choose->condition);
      look(choose->if_true);
      look(choose->if_false);
    }
  }

  void note(p4_ir::VariableId variable) { is_read_[index_of(variable)] = true; }

  const p4_ir::Program& program_;
  std::vector<bool> is_read_;
  std::unordered_set<const Expression*> seen_;  // statements share expressions
};

}  // namespace

std::vector<bool> variables_read(const p4_ir::Program& program) { return Walk(program).run(); }

}  // namespace outrigger::p4_target
