// The lowered program's own rules, one function for each kind of thing.
#include "p4_ir/verifier.h"

#include <fmt/format.h>

#include <unordered_set>

#include "p4_ir/printer.h"

namespace outrigger::p4_ir {
namespace {

constexpr size_t findings_max = 100;

class Verifier {
 public:
  explicit Verifier(const Program& program) : program_(program) {}
  std::vector<std::string> run();

 private:
  void require(bool holds, std::string what) {
    if (!holds && findings_.size() < findings_max) {
      findings_.push_back(where_ + ": " + std::move(what));
    }
  }
  bool is_variable(VariableId id) const { return index_of(id) < program_.variables.size(); }
  void check_variable(VariableId id, uint32_t width, const char* what) {
    if (!is_variable(id)) {
      require(false, fmt::format("{} is no variable", what));
    } else if (program_.at(id).width != width) {
      require(false,
              fmt::format("{} '{}' has {} bits, not {}", what, program_.at(id).name, program_.at(id).width, width));
    }
  }
  void check(const Expression* expression, uint32_t width, const char* what) {
    if (expression == nullptr) {
      return require(false, fmt::format("{} is missing", what));
    }
    if (expression->width != width) {  // the text of each would take quadratic time
      require(false, fmt::format("{} {} has {} bits, not {}", what, short_text(*expression), expression->width, width));
    }
    check(*expression);
  }
  void check(const Expression& expression);
  std::string short_text(const Expression& expression) const;
  void check_binary(const Binary& expression);
  void check(const Statements& statements, bool in_loop);
  void check(const Statement& statement, bool in_loop);
  void check_packet_statement(const Statement& statement);
  void check_extern(const CallExtern& call);
  void check_argument(const ExternArgument& argument);
  void check_header(const Header& header);
  void check_parser(const Parser& parser);
  void check_table(const Table& table);
  void check_action_call(const Table& table, const ActionCall& call);
  void check_recursion();
  void calls_of(const Statements& statements, std::vector<uint32_t>& into) const;
  bool is_recursive(uint32_t procedure, std::vector<uint8_t>& state);

  const Program& program_;
  std::string where_;
  bool in_parser_ = false;
  std::unordered_set<const Expression*> checked_;
  std::vector<std::string> findings_;
};

// Expressions may share parts: as a tree, their text has no limit.
std::string Verifier::short_text(const Expression& expression) const {
  const bool is_short = expression.kind == ExpressionKind::Constant || expression.kind == ExpressionKind::Read;
  return is_short ? to_text(program_, expression) : "of an expression";
}

void Verifier::check(const Expression& expression) {
  if (!checked_.insert(&expression).second) {
    return;
  }
  require(expression.width >= 1 || expression.kind == ExpressionKind::Read, "an expression has at least one bit");
  switch (expression.kind) {
    case ExpressionKind::Constant: return;
    case ExpressionKind::Read:
      check_variable(as<Read>(&expression)->variable, expression.width, "what is read");
      return;
    case ExpressionKind::VarbitSize: {
      const VariableId id = as<VarbitSize>(&expression)->variable;
      require(is_variable(id) && program_.at(id).is_varbit, "only varbits have a size");
      return;
    }
    case ExpressionKind::Unary: {
      const auto* unary = as<Unary>(&expression);
      require(unary->op != UnaryOp::Not || unary->width == 1, "'!' is for one bit");
      check(unary->operand, expression.width, "an operand");
      return;
    }
    case ExpressionKind::Binary: check_binary(*as<Binary>(&expression)); return;
    case ExpressionKind::Slice: {
      const auto* slice = as<Slice>(&expression);
      require(slice->low <= slice->high && slice->high < slice->operand->width, "a slice lies inside its operand");
      check(*slice->operand);
      return;
    }
    case ExpressionKind::Concatenate:
      check(*as<Concatenate>(&expression)->high);
      check(*as<Concatenate>(&expression)->low);
      return;
    case ExpressionKind::Resize: check(*as<Resize>(&expression)->operand); return;
    case ExpressionKind::Choose: {
      const auto* choice = as<Choose>(&expression);
      check(choice->condition, 1, "a condition");
      check(choice->if_true, expression.width, "a choice");
      check(choice->if_false, expression.width, "a choice");
      return;
    }
  }
}

void Verifier::check_binary(const Binary& expression) {
  const bool is_shift = expression.op == BinaryOp::ShiftLeft || expression.op == BinaryOp::ShiftRight ||
                        expression.op == BinaryOp::ShiftRightSigned;
  check(*expression.left);
  check(expression.right, is_shift ? expression.right->width : expression.left->width, "the right operand");
}

void Verifier::check(const Statements& statements, bool in_loop) {
  for (const Statement* statement : statements) {
    require(statement != nullptr, "a statement is missing");
    if (statement != nullptr) {
      check(*statement, in_loop);
    }
  }
}

void Verifier::check(const Statement& statement, bool in_loop) {
  switch (statement.kind) {
    case StatementKind::Assign: {
      const auto* assign = as<Assign>(&statement);
      require(is_variable(assign->variable) && !program_.at(assign->variable).is_varbit, "a scalar is assigned to");
      check(assign->value, is_variable(assign->variable) ? program_.at(assign->variable).width : 0, "what is assigned");
      return;
    }
    case StatementKind::AssignVarbit: {
      const auto* assign = as<AssignVarbit>(&statement);
      require(is_variable(assign->variable) && program_.at(assign->variable).is_varbit && is_variable(assign->from) &&
                  program_.at(assign->from).is_varbit,
              "varbits are assigned to each other");
      return;
    }
    case StatementKind::If:
      check(as<If>(&statement)->condition, 1, "a condition");
      check(as<If>(&statement)->if_true, in_loop);
      check(as<If>(&statement)->if_false, in_loop);
      return;
    case StatementKind::Switch: {
      const auto* made = as<Switch>(&statement);
      check(*made->subject);
      for (const Switch::Case& one : made->cases) {
        for (const Bits& label : one.labels) {
          require(label.width() == made->subject->width, "a label is as wide as the subject");
        }
        check(one.body, in_loop);
      }
      check(made->otherwise, in_loop);
      return;
    }
    case StatementKind::Loop:
      check(as<Loop>(&statement)->body, true);
      check(as<Loop>(&statement)->update, true);
      return;
    case StatementKind::Break:
    case StatementKind::Continue: require(in_loop, "break and continue are in a loop"); return;
    case StatementKind::Return: return;
    case StatementKind::Call:
      require(index_of(as<Call>(&statement)->procedure) < program_.procedures.size(), "a call names a procedure");
      return;
    case StatementKind::ApplyTable: {
      const auto* apply = as<ApplyTable>(&statement);
      require(index_of(apply->table) < program_.tables.size(), "an apply names a table");
      require(!in_parser_, "tables are not applied in parsers");
      if (apply->has_hit) {
        check_variable(apply->hit, 1, "where the hit goes");
      }
      if (apply->has_action_run) {
        check_variable(apply->action_run, Table::action_run_width, "where the action goes");
      }
      return;
    }
    case StatementKind::CallExtern: check_extern(*as<CallExtern>(&statement)); return;
    default: check_packet_statement(statement);
  }
}

void Verifier::check_packet_statement(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Extract: {
      const auto* extract = as<Extract>(&statement);
      require(index_of(extract->header) < program_.headers.size(), "an extract names a header");
      if (extract->varbit_size != nullptr) {
        check(*extract->varbit_size);
      }
      return;
    }
    case StatementKind::Advance: check(*as<Advance>(&statement)->bits); return;
    case StatementKind::Lookahead: {
      uint32_t width = 0;
      for (const VariableId variable : as<Lookahead>(&statement)->variables) {
        require(is_variable(variable) && !program_.at(variable).is_varbit, "a lookahead fills scalars");
        width += is_variable(variable) ? program_.at(variable).width : 0;
      }
      require(width == as<Lookahead>(&statement)->width, "a lookahead is as wide as its variables");
      return;
    }
    case StatementKind::Verify:
      check(as<Verify>(&statement)->condition, 1, "a condition");
      check(as<Verify>(&statement)->error, Program::error_width, "an error");
      return;
    case StatementKind::CallParser:
      require(index_of(as<CallParser>(&statement)->parser) < program_.parsers.size(), "a call names a parser");
      require(in_parser_, "parsers are called in parsers");
      return;
    case StatementKind::Emit:
      require(index_of(as<Emit>(&statement)->header) < program_.headers.size(), "an emit names a header");
      return;
    default: return;
  }
}

void Verifier::check_argument(const ExternArgument& argument) {
  const bool is_value = argument.kind == ExternArgument::Kind::Value || argument.kind == ExternArgument::Kind::Both;
  const bool is_result = argument.kind == ExternArgument::Kind::Result || argument.kind == ExternArgument::Kind::Both;
  for (const ExternArgument::Part& part : argument.parts) {
    if (is_value) {
      check(part.value, part.width, "an argument");
    }
    if (is_result) {
      check_variable(part.variable, part.width, "a result");
    }
  }
  require(argument.header_parts.size() == argument.header_valid.size() &&
              argument.header_parts.size() == argument.header_part_counts.size(),
          "each header of an argument has its parts and its validity");
}

void Verifier::check_extern(const CallExtern& call) {
  require(call.instance == ExternId::None || index_of(call.instance) < program_.externs.size(),
          "a call names an extern");
  require(call.site < program_.extern_sites, "a call has its number");
  for (const ExternArgument& argument : call.arguments) {
    check_argument(argument);
  }
  check_argument(call.result);
}

void Verifier::check_header(const Header& header) {
  where_ = "header " + header.name;
  check_variable(header.valid, 1, "the validity");
  require(header.fields.size() == header.field_names.size(), "each field has a name");
  uint32_t width = 0;
  for (size_t i = 0; i < header.fields.size(); ++i) {
    require(is_variable(header.fields[i]), "a field is a variable");
    if (is_variable(header.fields[i])) {
      const Variable& field = program_.at(header.fields[i]);
      require(field.is_varbit == (static_cast<int>(i) == header.varbit_field), "the varbit is where it is said to be");
      width += field.is_varbit ? 0 : field.width;
    }
  }
  require(width == header.width_fixed, "the fields' bits are counted");
}

void Verifier::check_parser(const Parser& parser) {
  where_ = "parser " + parser.name;
  in_parser_ = true;
  check(parser.prologue, false);
  require(parser.start < parser.states.size(), "it has its first state");
  const auto is_target = [&](uint32_t target) {
    return target == ParserState::Accept || target == ParserState::Reject || target < parser.states.size();
  };
  for (const ParserState& state : parser.states) {
    where_ = "parser " + parser.name + ", state " + state.name;
    check(state.statements, false);
    require(is_target(state.target), "the target is a state");
    for (const Expression* expression : state.selected) {
      check(*expression);
    }
    for (const SelectCase& one : state.cases) {
      require(is_target(one.target), "the target of a case is a state");
      require(one.keysets.empty() || one.keysets.size() == state.selected.size(), "a case has a keyset for each value");
      for (size_t i = 0; i < one.keysets.size() && i < state.selected.size(); ++i) {
        const Keyset& keyset = one.keysets[i];
        if (keyset.kind != Keyset::Kind::Any && keyset.kind != Keyset::Kind::InSet) {
          check(keyset.value, state.selected[i]->width, "a keyset");
        }
        if (keyset.kind == Keyset::Kind::Masked || keyset.kind == Keyset::Kind::Range) {
          check(keyset.mask, state.selected[i]->width, "a keyset");
        }
      }
    }
  }
  in_parser_ = false;
}

void Verifier::check_action_call(const Table& table, const ActionCall& call) {
  require(call.action < table.actions.size(), "an action is one of the table's");
  if (call.action < table.actions.size()) {
    const auto& parameters = table.actions[call.action].parameters;
    require(call.arguments.size() == parameters.size(), "an action has its arguments");
    for (size_t i = 0; i < call.arguments.size() && i < parameters.size(); ++i) {
      require(call.arguments[i].width() == parameters[i].width, "an argument is as wide as its parameter");
    }
  }
}

void Verifier::check_table(const Table& table) {
  where_ = "table " + table.name;
  for (const TableKey& key : table.keys) {
    check(key.value, key.width, "a key");
  }
  for (const TableAction& action : table.actions) {
    require(index_of(action.body) < program_.procedures.size(), "an action has a body");
    for (const ActionParameter& parameter : action.parameters) {
      check_variable(parameter.variable, parameter.width, "a parameter");
    }
  }
  check_action_call(table, table.default_action);
  if (table.empty_group_action.has_value()) {
    check_action_call(table, *table.empty_group_action);
  }
  for (const TableEntry& entry : table.entries) {
    require(entry.keys.size() == table.keys.size(), "an entry has a key for each of the table's");
    for (size_t i = 0; i < entry.keys.size() && i < table.keys.size(); ++i) {
      require(entry.keys[i].kind == EntryKey::Kind::Any || entry.keys[i].value.width() == table.keys[i].width,
              "an entry's key is as wide as the table's");
    }
    check_action_call(table, entry.action);
  }
  for (const ExternId direct : table.direct_externs) {
    require(index_of(direct) < program_.externs.size(), "a direct extern is one of the program's");
  }
}

void Verifier::calls_of(const Statements& statements, std::vector<uint32_t>& into) const {
  for (const Statement* statement : statements) {
    if (const auto* call = as<Call>(statement)) {
      into.push_back(index_of(call->procedure));
    } else if (const auto* apply = as<ApplyTable>(statement);
               apply && index_of(apply->table) < program_.tables.size()) {
      for (const TableAction& action : program_.at(apply->table).actions) {
        into.push_back(index_of(action.body));
      }
    } else if (const auto* test = as<If>(statement)) {
      calls_of(test->if_true, into);
      calls_of(test->if_false, into);
    } else if (const auto* loop = as<Loop>(statement)) {
      calls_of(loop->body, into);
      calls_of(loop->update, into);
    } else if (const auto* choice = as<Switch>(statement)) {
      for (const Switch::Case& one : choice->cases) {
        calls_of(one.body, into);
      }
      calls_of(choice->otherwise, into);
    }
  }
}

// 0: not seen, 1: being looked at, 2: fine.
bool Verifier::is_recursive(uint32_t procedure, std::vector<uint8_t>& state) {
  if (procedure >= state.size() || state[procedure] == 2) {
    return false;
  }
  if (state[procedure] == 1) {
    return true;
  }
  state[procedure] = 1;
  std::vector<uint32_t> calls;
  calls_of(program_.procedures[procedure].body, calls);
  for (const uint32_t callee : calls) {
    if (is_recursive(callee, state)) {
      return true;
    }
  }
  state[procedure] = 2;
  return false;
}

void Verifier::check_recursion() {
  std::vector<uint8_t> state(program_.procedures.size(), 0);
  for (uint32_t i = 0; i < program_.procedures.size(); ++i) {
    where_ = "procedure " + program_.procedures[i].name;
    require(!is_recursive(i, state), "procedures do not call themselves");
  }
}

std::vector<std::string> Verifier::run() {
  where_ = "program";
  check_variable(program_.exited, 1, "exited");
  check_variable(program_.parser_error, Program::error_width, "parser_error");
  for (const Header& header : program_.headers) {
    check_header(header);
  }
  for (const Parser& parser : program_.parsers) {
    check_parser(parser);
  }
  for (const Table& table : program_.tables) {
    check_table(table);
  }
  for (const Procedure& procedure : program_.procedures) {
    where_ = "procedure " + procedure.name;
    check(procedure.body, false);
  }
  for (const Block& block : program_.blocks) {
    where_ = "block " + block.role;
    require(block.parser.has_value() != block.procedure.has_value(), "a block is a parser or a procedure");
  }
  if (findings_.empty()) {
    check_recursion();
  }
  return findings_;
}

}  // namespace

std::vector<std::string> verify(const Program& program) { return Verifier(program).run(); }

}  // namespace outrigger::p4_ir
