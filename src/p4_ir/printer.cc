// The lowered program as text: expressions, statements, declarations.
#include "p4_ir/printer.h"

#include <fmt/format.h>

namespace outrigger::p4_ir {
namespace {

std::string_view text_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::Add: return "+";
    case BinaryOp::Subtract: return "-";
    case BinaryOp::Multiply: return "*";
    case BinaryOp::Divide: return "/";
    case BinaryOp::Modulo: return "%";
    case BinaryOp::AddSaturating: return "|+|";
    case BinaryOp::SubtractSaturating: return "|-|";
    case BinaryOp::AddSaturatingSigned: return "|+|s";
    case BinaryOp::SubtractSaturatingSigned: return "|-|s";
    case BinaryOp::And: return "&";
    case BinaryOp::Or: return "|";
    case BinaryOp::Xor: return "^";
    case BinaryOp::ShiftLeft: return "<<";
    case BinaryOp::ShiftRight: return ">>";
    case BinaryOp::ShiftRightSigned: return ">>s";
    case BinaryOp::Equal: return "==";
    case BinaryOp::NotEqual: return "!=";
    case BinaryOp::Less: return "<";
    case BinaryOp::LessEqual: return "<=";
    case BinaryOp::LessSigned: return "<s";
    case BinaryOp::LessEqualSigned: return "<=s";
  }
  return "?";
}

std::string text_of(const Bits& bits) { return fmt::format("{}w{}", bits.width(), bits.to_hex()); }

class Printer {
 public:
  explicit Printer(const Program& program) : program_(program) {}

  std::string text(const Expression& expression) const {
    switch (expression.kind) {
      case ExpressionKind::Constant: return text_of(as<Constant>(&expression)->value);
      case ExpressionKind::Read: return name(as<Read>(&expression)->variable);
      case ExpressionKind::VarbitSize: return fmt::format("size({})", name(as<VarbitSize>(&expression)->variable));
      case ExpressionKind::Unary: {
        const auto* unary = as<Unary>(&expression);
        const char* op = unary->op == UnaryOp::Negate ? "-" : unary->op == UnaryOp::Complement ? "~" : "!";
        return fmt::format("{}{}", op, text(*unary->operand));
      }
      case ExpressionKind::Binary: {
        const auto* binary = as<Binary>(&expression);
        return fmt::format("({} {} {})", text(*binary->left), text_of(binary->op), text(*binary->right));
      }
      case ExpressionKind::Slice: {
        const auto* slice = as<Slice>(&expression);
        return fmt::format("{}[{}:{}]", text(*slice->operand), slice->high, slice->low);
      }
      case ExpressionKind::Concatenate: {
        const auto* pair = as<Concatenate>(&expression);
        return fmt::format("({} ++ {})", text(*pair->high), text(*pair->low));
      }
      case ExpressionKind::Resize: {
        const auto* resize = as<Resize>(&expression);
        return fmt::format("{}<{}>({})", resize->is_signed ? "sext" : "resize", resize->width, text(*resize->operand));
      }
      case ExpressionKind::Choose: {
        const auto* choice = as<Choose>(&expression);
        return fmt::format("({} ? {} : {})", text(*choice->condition), text(*choice->if_true), text(*choice->if_false));
      }
    }
    return "?";
  }

  void print(const Statements& statements, uint32_t depth) {
    for (const Statement* statement : statements) {
      print(*statement, depth);
    }
  }

  void print(const Statement& statement, uint32_t depth) {
    switch (statement.kind) {
      case StatementKind::If: return print_if(*as<If>(&statement), depth);
      case StatementKind::Switch: return print_switch(*as<Switch>(&statement), depth);
      case StatementKind::Loop: return print_loop(*as<Loop>(&statement), depth);
      default: line(depth, simple(statement));
    }
  }

  void print_program();
  std::string take() { return std::move(out_); }

 private:
  std::string name(VariableId id) const { return program_.at(id).name; }

  void line(uint32_t depth, std::string_view text) {
    out_.append(size_t{depth} * 2, ' ');
    out_ += text;
    out_ += '\n';
  }

  std::string simple(const Statement& statement) const;
  std::string argument(const ExternArgument& argument) const;
  std::string call(const CallExtern& call) const;
  void print_if(const If& statement, uint32_t depth);
  void print_switch(const Switch& statement, uint32_t depth);
  void print_loop(const Loop& statement, uint32_t depth);
  void print_parser(const Parser& parser);
  void print_state(const Parser& parser, const ParserState& state);
  void print_table(const Table& table);
  void print_externs();
  std::string keyset(const Keyset& keyset) const;
  std::string entry_key(const EntryKey& key) const;
  std::string action_call(const Table& table, const ActionCall& call) const;

  const Program& program_;
  std::string out_;
};

std::string Printer::simple(const Statement& statement) const {
  switch (statement.kind) {
    case StatementKind::Assign: {
      const auto* assign = as<Assign>(&statement);
      return fmt::format("{} = {}", name(assign->variable), text(*assign->value));
    }
    case StatementKind::AssignVarbit: {
      const auto* assign = as<AssignVarbit>(&statement);
      return fmt::format("{} = {}", name(assign->variable), name(assign->from));
    }
    case StatementKind::Break: return "break";
    case StatementKind::Continue: return "continue";
    case StatementKind::Return: return "return";
    case StatementKind::Call: return fmt::format("call {}", program_.at(as<Call>(&statement)->procedure).name);
    case StatementKind::ApplyTable: {
      const auto* apply = as<ApplyTable>(&statement);
      std::string text = fmt::format("apply {}", program_.at(apply->table).name);
      text += apply->has_hit ? fmt::format(", hit → {}", name(apply->hit)) : "";
      text += apply->has_action_run ? fmt::format(", action → {}", name(apply->action_run)) : "";
      return text;
    }
    case StatementKind::CallExtern: return call(*as<CallExtern>(&statement));
    case StatementKind::Extract: {
      const auto* extract = as<Extract>(&statement);
      const std::string size = extract->varbit_size == nullptr ? "" : ", " + text(*extract->varbit_size);
      return fmt::format("extract {}{}", program_.at(extract->header).name, size);
    }
    case StatementKind::Advance: return fmt::format("advance {}", text(*as<Advance>(&statement)->bits));
    case StatementKind::Lookahead: {
      std::string made = "lookahead";
      for (const VariableId variable : as<Lookahead>(&statement)->variables) {
        made += " " + name(variable);
      }
      return made;
    }
    case StatementKind::Verify: {
      const auto* verify = as<Verify>(&statement);
      return fmt::format("verify {}, {}", text(*verify->condition), text(*verify->error));
    }
    case StatementKind::CallParser:
      return fmt::format("parse {}", program_.at(as<CallParser>(&statement)->parser).name);
    case StatementKind::Emit: return fmt::format("emit {}", program_.at(as<Emit>(&statement)->header).name);
    case StatementKind::If:
    case StatementKind::Switch:
    case StatementKind::Loop: break;
  }
  return "?";
}

std::string Printer::argument(const ExternArgument& argument) const {
  std::string text_of_it;
  switch (argument.kind) {
    case ExternArgument::Kind::Absent: return "_";
    case ExternArgument::Kind::Text: return fmt::format("\"{}\"", argument.text);
    case ExternArgument::Kind::Result: text_of_it = "out "; break;
    case ExternArgument::Kind::Both: text_of_it = "inout "; break;
    case ExternArgument::Kind::Value: break;
  }
  if (argument.instance != ExternId::None) {
    return program_.at(argument.instance).name;
  }
  std::string parts;
  for (const ExternArgument::Part& part : argument.parts) {
    const bool is_value = argument.kind == ExternArgument::Kind::Value;
    parts += (parts.empty() ? "" : ", ") + (is_value ? text(*part.value) : name(part.variable));
  }
  return text_of_it + (argument.parts.size() == 1 ? parts : "{" + parts + "}");
}

std::string Printer::call(const CallExtern& call) const {
  std::string made = call.result.parts.empty() ? "" : argument(call.result).substr(4) + " = ";
  made += call.instance == ExternId::None ? call.name : program_.at(call.instance).name + "." + call.name;
  std::string arguments;
  for (const ExternArgument& one : call.arguments) {
    arguments += (arguments.empty() ? "" : ", ") + argument(one);
  }
  return made + "(" + arguments + ")";
}

void Printer::print_if(const If& statement, uint32_t depth) {
  line(depth, fmt::format("if {} {{", text(*statement.condition)));
  print(statement.if_true, depth + 1);
  if (!statement.if_false.empty()) {
    line(depth, "} else {");
    print(statement.if_false, depth + 1);
  }
  line(depth, "}");
}

void Printer::print_switch(const Switch& statement, uint32_t depth) {
  line(depth, fmt::format("switch {} {{", text(*statement.subject)));
  for (const Switch::Case& one : statement.cases) {
    std::string labels;
    for (const Bits& label : one.labels) {
      labels += (labels.empty() ? "" : ", ") + text_of(label);
    }
    line(depth, labels + ":");
    print(one.body, depth + 1);
  }
  if (!statement.otherwise.empty()) {
    line(depth, "otherwise:");
    print(statement.otherwise, depth + 1);
  }
  line(depth, "}");
}

void Printer::print_loop(const Loop& statement, uint32_t depth) {
  line(depth, "loop {");
  print(statement.body, depth + 1);
  if (!statement.update.empty()) {
    line(depth, "} update {");
    print(statement.update, depth + 1);
  }
  line(depth, "}");
}

std::string Printer::keyset(const Keyset& keyset) const {
  switch (keyset.kind) {
    case Keyset::Kind::Any: return "_";
    case Keyset::Kind::Equal: return text(*keyset.value);
    case Keyset::Kind::Masked: return fmt::format("{} &&& {}", text(*keyset.value), text(*keyset.mask));
    case Keyset::Kind::Range: return fmt::format("{} .. {}", text(*keyset.value), text(*keyset.mask));
    case Keyset::Kind::InSet: return program_.at(keyset.set).name;
  }
  return "?";
}

void Printer::print_state(const Parser& parser, const ParserState& state) {
  const auto target = [&](uint32_t number) -> std::string {
    if (number == ParserState::Accept || number == ParserState::Reject) {
      return number == ParserState::Accept ? "accept" : "reject";
    }
    return parser.states[number].name;
  };
  line(1, fmt::format("state {} {{", state.name));
  print(state.statements, 2);
  if (state.selected.empty() && state.cases.empty()) {
    line(2, "→ " + target(state.target));
  } else {
    std::string selected;
    for (const Expression* expression : state.selected) {
      selected += (selected.empty() ? "" : ", ") + text(*expression);
    }
    line(2, fmt::format("select {}", selected));
    for (const SelectCase& one : state.cases) {
      std::string keysets = one.value_set.has_value() ? program_.at(*one.value_set).name : "";
      for (const Keyset& each : one.keysets) {
        keysets += (keysets.empty() ? "" : ", ") + keyset(each);
      }
      line(2, fmt::format("  {} → {}", keysets.empty() ? "_" : keysets, target(one.target)));
    }
  }
  line(1, "}");
}

void Printer::print_parser(const Parser& parser) {
  line(0, fmt::format("parser {} {{", parser.name));
  print(parser.prologue, 1);
  for (const ParserState& state : parser.states) {
    print_state(parser, state);
  }
  line(0, "}");
}

std::string Printer::entry_key(const EntryKey& key) const {
  switch (key.kind) {
    case EntryKey::Kind::Any: return "_";
    case EntryKey::Kind::Exact: return text_of(key.value);
    case EntryKey::Kind::Prefix:
    case EntryKey::Kind::Masked: return text_of(key.value) + " &&& " + text_of(key.mask);
    case EntryKey::Kind::Range: return text_of(key.value) + " .. " + text_of(key.mask);
  }
  return "?";
}

std::string Printer::action_call(const Table& table, const ActionCall& call) const {
  std::string arguments;
  for (const Bits& argument : call.arguments) {
    arguments += (arguments.empty() ? "" : ", ") + text_of(argument);
  }
  const bool is_known = call.action < table.actions.size();
  return fmt::format("{}({})", is_known ? table.actions[call.action].name : "?", arguments);
}

std::string_view text_of(MatchKind kind) {
  switch (kind) {
    case MatchKind::Exact: return "exact";
    case MatchKind::Lpm: return "lpm";
    case MatchKind::Ternary: return "ternary";
    case MatchKind::Range: return "range";
    case MatchKind::Optional: return "optional";
    case MatchKind::Selector: return "selector";
  }
  return "?";
}

void Printer::print_table(const Table& table) {
  line(0, fmt::format("table {} {{", table.name));
  for (const TableKey& key : table.keys) {
    line(1, fmt::format("key {} : {} as \"{}\"", text(*key.value), text_of(key.kind), key.name));
  }
  for (const TableAction& action : table.actions) {
    std::string parameters;
    for (const ActionParameter& parameter : action.parameters) {
      parameters += (parameters.empty() ? "" : ", ") + fmt::format("bit<{}> {}", parameter.width, parameter.name);
    }
    line(1, fmt::format("action {}({}) → {}{}{}", action.name, parameters, program_.at(action.body).name,
                        action.is_default_only ? " default only" : "", action.is_table_only ? " table only" : ""));
  }
  line(1,
       fmt::format("{}default {}", table.default_is_const ? "const " : "", action_call(table, table.default_action)));
  if (table.empty_group_action.has_value()) {
    line(1, fmt::format("empty group {}", action_call(table, *table.empty_group_action)));
  }
  for (const TableEntry& entry : table.entries) {
    std::string keys;
    for (const EntryKey& key : entry.keys) {
      keys += (keys.empty() ? "" : ", ") + entry_key(key);
    }
    const std::string priority = entry.priority.has_value() ? fmt::format("priority {}: ", *entry.priority) : "";
    line(1, fmt::format("{}entry {}{} : {}", entry.is_const ? "const " : "", priority, keys,
                        action_call(table, entry.action)));
  }
  line(1, fmt::format("size {}", table.size));
  if (table.implementation.has_value()) {
    line(1, fmt::format("implementation {}", program_.at(*table.implementation).name));
  }
  for (const ExternId direct : table.direct_externs) {
    line(1, fmt::format("direct {}", program_.at(direct).name));
  }
  line(0, "}");
}

void Printer::print_externs() {
  for (const Extern& one : program_.externs) {
    std::string arguments;
    for (const ConstantArgument& argument : one.arguments) {
      std::string text_of_it = argument.text;
      if (argument.kind == ConstantArgument::Kind::Number) {
        text_of_it = argument.number.get_str();
      } else if (argument.kind == ConstantArgument::Kind::Instance) {
        text_of_it = argument.instance == ExternId::None ? "?" : program_.at(argument.instance).name;
      }
      arguments += (arguments.empty() ? "" : ", ") + argument.parameter + " = " + text_of_it;
    }
    line(0, fmt::format("extern {} {}({})", one.type_name, one.name, arguments));
  }
}

void Printer::print_program() {
  line(0, fmt::format("program for {}", program_.architecture));
  for (const Variable& variable : program_.variables) {
    const char* type = variable.is_varbit ? "varbit" : variable.is_signed ? "int" : "bit";
    line(0, fmt::format("{}<{}> {}", type, variable.width, variable.name));
  }
  for (const Header& header : program_.headers) {
    line(0, fmt::format("header {} {} of {} fields", header.type_name, header.name, header.fields.size()));
  }
  print_externs();
  for (const ValueSet& set : program_.value_sets) {
    line(0, fmt::format("value_set {} of {}", set.name, set.size));
  }
  for (const Parser& parser : program_.parsers) {
    print_parser(parser);
  }
  for (const Table& table : program_.tables) {
    print_table(table);
  }
  for (const Procedure& procedure : program_.procedures) {
    line(0, fmt::format("procedure {}{} {{", procedure.name, procedure.may_exit ? " may exit" : ""));
    print(procedure.body, 1);
    line(0, "}");
  }
  for (const Block& block : program_.blocks) {
    line(0, fmt::format("block {} = {}", block.role, block.name));
  }
}

}  // namespace

std::string to_text(const Program& program) {
  Printer printer(program);
  printer.print_program();
  return printer.take();
}

std::string to_text(const Program& program, const Expression& expression) { return Printer(program).text(expression); }

std::string to_text(const Program& program, const Statement& statement) {
  Printer printer(program);
  printer.print(statement, 0);
  return printer.take();
}

}  // namespace outrigger::p4_ir
