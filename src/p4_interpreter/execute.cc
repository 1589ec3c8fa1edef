// Interpreter: statements.
#include <algorithm>

#include "base/check.h"
#include "p4_interpreter/interpreter.h"

namespace outrigger::p4_interpreter {

using p4_ir::as;
using p4_ir::Bits;
using p4_ir::ExternArgument;

Interpreter::Flow Interpreter::execute(const p4_ir::Statements& statements) {
  for (const p4_ir::Statement* statement : statements) {
    if (const Flow flow = execute(*statement); flow != Flow::Next) {
      return flow;
    }
  }
  return Flow::Next;
}

Interpreter::Flow Interpreter::execute(const p4_ir::Statement& statement) {
  using Kind = p4_ir::StatementKind;
  switch (statement.kind) {
    case Kind::Assign: {
      const auto* assign = as<p4_ir::Assign>(&statement);
      variables_[index_of(assign->variable)] = evaluate(*assign->value);
      return Flow::Next;
    }
    case Kind::AssignVarbit: {
      const auto* assign = as<p4_ir::AssignVarbit>(&statement);
      variables_[index_of(assign->variable)] = variables_[index_of(assign->from)];
      return Flow::Next;
    }
    case Kind::If: {
      const auto* test = as<p4_ir::If>(&statement);
      return execute(is_true(*test->condition) ? test->if_true : test->if_false);
    }
    case Kind::Switch: return execute_switch(*as<p4_ir::Switch>(&statement));
    case Kind::Loop: return execute_loop(*as<p4_ir::Loop>(&statement));
    case Kind::Break: return Flow::Break;
    case Kind::Continue: return Flow::Continue;
    case Kind::Return: return Flow::Return;
    case Kind::Call: return execute_call(as<p4_ir::Call>(&statement)->procedure);
    case Kind::ApplyTable: return apply(*as<p4_ir::ApplyTable>(&statement));
    case Kind::CallExtern: call_extern(*as<p4_ir::CallExtern>(&statement)); return Flow::Next;
    case Kind::Extract: return extract(*as<p4_ir::Extract>(&statement));
    case Kind::Advance: {
      const Bits by = evaluate(*as<p4_ir::Advance>(&statement)->bits);
      if (!by.fits_64() || by.low() > bits_left()) {
        return reject("PacketTooShort");
      }
      cursor_ += static_cast<uint32_t>(by.low());
      return Flow::Next;
    }
    case Kind::Lookahead: return look_ahead(*as<p4_ir::Lookahead>(&statement));
    case Kind::Verify: {
      const auto* verify = as<p4_ir::Verify>(&statement);
      if (is_true(*verify->condition)) {
        return Flow::Next;
      }
      variables_[index_of(program_.parser_error)] = evaluate(*verify->error);
      return Flow::Reject;
    }
    case Kind::CallParser:
      switch (run_parser(program_.at(as<p4_ir::CallParser>(&statement)->parser))) {
        case p4_ir::Outcome::Done: return Flow::Next;
        case p4_ir::Outcome::Rejected: return Flow::Reject;
        case p4_ir::Outcome::Exhausted: return Flow::Exhausted;
      }
      return Flow::Next;
    case Kind::Emit: emit(program_.at(as<p4_ir::Emit>(&statement)->header)); return Flow::Next;
  }
  return Flow::Next;
}

Interpreter::Flow Interpreter::execute_switch(const p4_ir::Switch& statement) {
  const Bits subject = evaluate(*statement.subject);
  for (const p4_ir::Switch::Case& one : statement.cases) {
    if (std::find(one.labels.begin(), one.labels.end(), subject) != one.labels.end()) {
      return execute(one.body);
    }
  }
  return execute(statement.otherwise);
}

Interpreter::Flow Interpreter::execute_loop(const p4_ir::Loop& statement) {
  while (true) {
    loop_turns_ += statement.turn_cost;
    if (loop_turns_ > p4_ir::Program::loop_turns_max) {
      return Flow::Exhausted;
    }
    Flow flow = execute(statement.body);
    if (flow == Flow::Next || flow == Flow::Continue) {
      flow = execute(statement.update);
    }
    if (flow == Flow::Break) {
      return Flow::Next;
    }
    if (flow != Flow::Next && flow != Flow::Continue) {
      return flow;
    }
  }
}

Interpreter::Flow Interpreter::execute_call(p4_ir::ProcedureId procedure) {
  const Flow flow = execute(program_.at(procedure).body);
  return flow == Flow::Return ? Flow::Next : flow;
}

Interpreter::Flow Interpreter::apply(const p4_ir::ApplyTable& statement) {
  const p4_ir::Table& table = program_.at(statement.table);
  std::vector<Bits> keys;
  keys.reserve(table.keys.size());
  for (const p4_ir::TableKey& key : table.keys) {
    keys.push_back(evaluate(*key.value));
  }
  const p4_ir::Found found = host_.look_up(statement.table, keys);
  check(found.action < table.actions.size(), "a table's entry names one of its actions");
  const p4_ir::TableAction& action = table.actions[found.action];
  for (size_t i = 0; i < action.parameters.size(); ++i) {
    const uint32_t width = action.parameters[i].width;
    variables_[index_of(action.parameters[i].variable)] =
        found.arguments != nullptr && i < found.arguments->size() ? (*found.arguments)[i].resized(width) : Bits(width);
  }
  if (statement.has_hit) {
    variables_[index_of(statement.hit)] = Bits(1, found.is_hit ? 1 : 0);
  }
  if (statement.has_action_run) {
    variables_[index_of(statement.action_run)] = Bits(p4_ir::Table::action_run_width, found.action);
  }
  return execute_call(action.body);
}

void Interpreter::call_extern(const p4_ir::CallExtern& statement) {
  if (statement.name == "packet_in.length" && !statement.result.parts.empty()) {
    const ExternArgument::Part& part = statement.result.parts.front();
    variables_[index_of(part.variable)] = Bits(part.width, packet_.size());
    return;
  }
  p4_ir::ExternValues values;
  const auto prepare = [&](const ExternArgument& argument) {
    p4_ir::ExternValues::Argument made;
    for (const ExternArgument::Part& part : argument.parts) {
      made.parts.push_back(argument.kind == ExternArgument::Kind::Result ? Bits(part.is_varbit ? 0 : part.width)
                                                                         : evaluate(*part.value));
    }
    for (const p4_ir::Expression* valid : argument.header_valid) {
      made.header_valid.push_back(is_true(*valid));
    }
    return made;
  };
  const auto finish = [&](const ExternArgument& argument, const p4_ir::ExternValues::Argument& made) {
    if (argument.kind != ExternArgument::Kind::Result && argument.kind != ExternArgument::Kind::Both) {
      return;
    }
    for (size_t i = 0; i < argument.parts.size(); ++i) {
      set(argument.parts[i].variable, made.parts[i]);
    }
  };
  for (const ExternArgument& argument : statement.arguments) {
    values.arguments.push_back(prepare(argument));
  }
  values.result = prepare(statement.result);
  if (statement.name == p4_ir::varbit_equal_name) {
    values.result.parts.front() = Bits(1, values.arguments[0].parts == values.arguments[1].parts ? 1 : 0);
  } else {
    host_.call(statement, values);
  }
  for (size_t i = 0; i < statement.arguments.size(); ++i) {
    finish(statement.arguments[i], values.arguments[i]);
  }
  finish(statement.result, values.result);
}

void Interpreter::emit(const p4_ir::Header& header) {
  if (variables_[index_of(header.valid)].is_zero()) {
    return;
  }
  for (const p4_ir::VariableId field : header.fields) {
    output_.append(variables_[index_of(field)]);
  }
}

}  // namespace outrigger::p4_interpreter
