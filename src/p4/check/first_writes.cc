// Warnings of what is read or left before it is written: see first_writes.h.
#include "p4/check/first_writes.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "p4/ast/walk.h"
#include "p4/check/silence.h"
#include "p4/types.h"

namespace outrigger::p4 {

namespace {

constexpr const char* use_rule = "uninitialized_use";
constexpr const char* out_rule = "uninitialized_out_param";

bool is_watched_type(const Type* type) {
  if (type == nullptr) {
    return false;
  }
  const Type* const inside = underlying(type);
  return inside->is(TypeKind::Bool) || inside->is(TypeKind::Enum) || inside->is(TypeKind::Error) ||
         (inside->is_fixed_integer() && inside->width != 0);
}

bool is_size(MemberKind kind) {
  return kind == MemberKind::MinSizeInBits || kind == MemberKind::MinSizeInBytes || kind == MemberKind::MaxSizeInBits ||
         kind == MemberKind::MaxSizeInBytes;
}

// The variable that an l-value is or is a slice of; null for others.
const Declaration* variable_of(const Expression* expression) {
  while (const auto* const slice = as<SliceExpression>(expression)) {
    expression = slice->base;
  }
  const auto* const name = as<NameExpression>(expression);
  return name == nullptr ? nullptr : name->symbol;
}

bool is_written(const BoundArgument& argument) {
  const auto* const parameter = as<Parameter>(argument.parameter);
  return parameter != nullptr && argument.value != nullptr &&
         (parameter->direction == Direction::Out || parameter->direction == Direction::InOut);
}

// Goes through declarations in the order of the text. While `is_collecting_`, only takes down what is written.
class FirstReads {
 public:
  explicit FirstReads(Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    visitor_.expression = [this](const Expression& expression) { return see(expression); };
    visitor_.statement = [this](const Statement& statement) { return see(statement); };
    visitor_.declaration = [this](const Declaration& declaration) { return see(declaration); };
  }

  void run(const Declaration& declaration) {
    const Silence silence(silenced_, declaration.annotations);
    switch (declaration.kind) {
      case DeclarationKind::Function: run_body(to<FunctionDeclaration>(declaration)); return;
      case DeclarationKind::Action: run_body(to<ActionDeclaration>(declaration)); return;
      case DeclarationKind::Control: run_control(to<ControlDeclaration>(declaration)); return;
      case DeclarationKind::Parser: run_parser(to<ParserDeclaration>(declaration)); return;
      case DeclarationKind::Instantiation:
        for (const Declaration* const inner : to<InstantiationDeclaration>(declaration).initializer) {
          run(*inner);
        }
        return;
      default: return;
    }
  }

 private:
  template <typename Callable>
  void run_body(const Callable& callable) {
    watch(callable.parameters);
    walk(visitor_, static_cast<const Statement*>(callable.body));
    if (callable.body != nullptr) {
      warn_of_left(callable.parameters);
    }
  }

  // Actions and tables run where the apply block has them run: for them all that is written anywhere is, and for the
  // apply block what they write.
  void run_control(const ControlDeclaration& control) {
    if (!control.has_body) {
      return;
    }
    watch(control.parameters);
    for (const Declaration* const local : control.locals) {
      collect([&] { walk(visitor_, local); });
    }
    const std::set<const Declaration*> by_locals = written_;
    collect([&] { walk(visitor_, static_cast<const Statement*>(control.apply)); });
    warn_of_left(control.parameters);
    for (const Declaration* const local : control.locals) {
      run_local(*local);
    }
    written_ = by_locals;
    walk(visitor_, static_cast<const Statement*>(control.apply));
  }

  // States may come in any order.
  void run_parser(const ParserDeclaration& parser) {
    if (!parser.has_body) {
      return;
    }
    watch(parser.parameters);
    collect([&] { walk(visitor_, static_cast<const Declaration*>(&parser)); });
    warn_of_left(parser.parameters);
    for (const Declaration* const local : parser.locals) {
      run_local(*local);
    }
    for (const ParserState* const state : parser.states) {
      const Silence silence(silenced_, state->annotations);
      walk(visitor_, static_cast<const Declaration*>(state));
    }
  }

  void run_local(const Declaration& local) {
    if (local.kind == DeclarationKind::Table) {
      const Silence silence(silenced_, local.annotations);
      walk(visitor_, &local);
    } else if (local.kind == DeclarationKind::Variable) {
      walk(visitor_, to<VariableDeclaration>(local).initial);
    } else {
      run(local);
    }
  }

  template <typename Walk>
  void collect(Walk walk_all) {
    const bool before = is_collecting_;
    is_collecting_ = true;
    walk_all();
    is_collecting_ = before;
  }

  void watch(const std::vector<Parameter*>& parameters) {
    for (const Parameter* const parameter : parameters) {
      if (parameter->direction == Direction::Out && is_watched_type(parameter->checked_type)) {
        watched_.insert(parameter);
        written_.erase(parameter);  // which a control has collected for all of its actions
      }
    }
  }

  void warn_of_left(const std::vector<Parameter*>& parameters) {
    for (const Parameter* const parameter : parameters) {
      if (watched_.contains(parameter) && !written_.contains(parameter)) {
        warn(out_rule, parameter->name.where,
             fmt::format("nothing is written to the out parameter '{}'", parameter->name.text), parameter);
      }
    }
  }

  bool see(const Declaration& declaration) {
    const auto* const variable = as<VariableDeclaration>(&declaration);
    if (variable != nullptr && variable->initial == nullptr && is_watched_type(variable->checked_type)) {
      watched_.insert(variable);
      if (!is_collecting_ && loops_ == 0) {
        written_.erase(variable);
      }
    }
    if (const auto* const table = as<TableDeclaration>(&declaration)) {
      for (const TableAction* const action : table->actions) {
        write_arguments(action->binding);
      }
    }
    return true;
  }

  bool see(const Statement& statement) {
    if (const auto* const assignment = as<AssignmentStatement>(&statement)) {
      see_assignment(*assignment);
      return false;
    }
    if (const auto* const loop = as<ForInStatement>(&statement)) {
      see_loop([&] {
        walk(visitor_, loop->collection);
        write(loop->variable != nullptr ? loop->variable : variable_of(loop->variable_use));
        walk(visitor_, loop->body);
      });
      return false;
    }
    if (const auto* const loop = as<ForStatement>(&statement)) {
      for (const Statement* const initial : loop->initial) {
        walk(visitor_, initial);
      }
      see_loop([&] {
        walk(visitor_, loop->condition);
        walk(visitor_, loop->body);
        for (const Statement* const update : loop->update) {
          walk(visitor_, update);
        }
      });
      return false;
    }
    return true;
  }

  // What the outermost loop writes has been written to in its next turn.
  template <typename Walk>
  void see_loop(Walk walk_all) {
    if (loops_ == 0 && !is_collecting_) {
      collect(walk_all);
    }
    ++loops_;
    walk_all();
    --loops_;
  }

  void see_assignment(const AssignmentStatement& assignment) {
    walk(visitor_, assignment.right);
    const Declaration* const variable = variable_of(assignment.left);
    if (variable == nullptr || assignment.op.has_value()) {
      walk(visitor_, assignment.left);
    }
    write(variable);
  }

  bool see(const Expression& expression) {
    if (const auto* const name = as<NameExpression>(&expression)) {
      read(*name);
    } else if (const auto* const member = as<MemberExpression>(&expression)) {
      return !is_size(member->member_kind);
    } else if (const auto* const call = as<CallExpression>(&expression)) {
      see_call(*call);
      return false;
    }
    return true;
  }

  void see_call(const CallExpression& call) {
    walk(visitor_, call.callee);
    if (call.binding.arguments.empty()) {
      walk_arguments(visitor_, call.arguments);
    }
    for (const BoundArgument& argument : call.binding.arguments) {
      if (!is_written(argument) || variable_of(argument.value) == nullptr) {
        walk(visitor_, argument.value);
      }
    }
    write_arguments(call.binding);
  }

  void write_arguments(const Binding& binding) {
    for (const BoundArgument& argument : binding.arguments) {
      if (is_written(argument)) {
        write(variable_of(argument.value));
      }
    }
  }

  void write(const Declaration* variable) {
    if (variable != nullptr) {
      written_.insert(variable);
    }
  }

  void read(const NameExpression& name) {
    if (is_collecting_ || !watched_.contains(name.symbol) || written_.contains(name.symbol)) {
      return;
    }
    warn(use_rule, name.where, fmt::format("'{}' is read before anything is written to it", name.name.text),
         name.symbol);
  }

  // Once for each variable.
  void warn(const char* rule, SourceRange where, std::string what, const Declaration* variable) {
    if (told_.insert(variable).second && std::ranges::find(silenced_, rule) == silenced_.end()) {
      diagnostics_.warning(rule, where, std::move(what), "write a value to it first");
    }
  }

  Diagnostics& diagnostics_;
  Visitor visitor_;
  std::set<const Declaration*> watched_;
  std::set<const Declaration*> written_;
  std::set<const Declaration*> told_;
  std::vector<std::string> silenced_;
  bool is_collecting_ = false;
  uint32_t loops_ = 0;  // around what is here
};

}  // namespace

void warn_of_first_reads(const Program& program, Diagnostics& diagnostics) {
  FirstReads reads(diagnostics);
  for (const Declaration* const declaration : program.declarations) {
    reads.run(*declaration);
  }
}

}  // namespace outrigger::p4
