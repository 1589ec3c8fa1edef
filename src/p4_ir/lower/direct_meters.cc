// direct_meters.cc: reads of direct meters that the program leaves to the table.
#include "p4_ir/lower/direct_meters.h"

#include <algorithm>
#include <map>

namespace outrigger::p4_ir {
namespace {

using ReadOfMeter = std::map<ExternId, const CallExtern*>;  // the first of each meter

bool reads_direct_meter(const Program& program, const CallExtern& call) {
  return call.instance != ExternId::None && call.name == "read" &&
         program.at(call.instance).type_name == "direct_meter" && call.arguments.size() == 1 &&
         call.arguments.front().kind == ExternArgument::Kind::Result;
}

void take_target_along(Program& program, CallExtern& call) {
  ExternArgument& target = call.arguments.front();
  target.kind = ExternArgument::Kind::Both;
  for (ExternArgument::Part& part : target.parts) {
    part.value = program.expression<Read>(part.variable, part.width);
  }
}

// Their depth is limited by the compiler (p4/limits.h).
void visit(Program& program, const Statements& statements, ReadOfMeter& found) {
  for (Statement* const statement : statements) {
    if (statement->kind == StatementKind::CallExtern) {
      auto& call = static_cast<CallExtern&>(*statement);
      if (reads_direct_meter(program, call)) {
        take_target_along(program, call);
        found.try_emplace(call.instance, &call);
      }
    } else if (const auto* branch = as<If>(statement)) {
      visit(program, branch->if_true, found);
      visit(program, branch->if_false, found);
    } else if (const auto* loop = as<Loop>(statement)) {
      visit(program, loop->body, found);
      visit(program, loop->update, found);
    } else if (const auto* choice = as<Switch>(statement)) {
      for (const Switch::Case& one : choice->cases) {
        visit(program, one.body, found);
      }
      visit(program, choice->otherwise, found);
    }
  }
}

// Always, whatever else it does.
bool has_read(const Procedure& action, ExternId meter) {
  return std::ranges::any_of(action.body, [&](const Statement* statement) {
    const auto* call = as<CallExtern>(statement);
    return call != nullptr && call->instance == meter && call->name == "read";
  });
}

// A body that reads the meter and goes on with the action.
ProcedureId metered(Program& program, const TableAction& action, const CallExtern& read) {
  auto* const call = program.statement<CallExtern>();
  call->where = read.where;
  call->instance = read.instance;
  call->name = read.name;
  call->arguments = read.arguments;
  call->type_argument_widths = read.type_argument_widths;
  call->type_argument_names = read.type_argument_names;
  call->site = program.extern_sites++;
  const Procedure& body = program.at(action.body);
  Procedure made{
      .name = body.name + "$metered", .body = {call, program.statement<Call>(action.body)}, .may_exit = body.may_exit};
  program.procedures.push_back(std::move(made));
  return static_cast<ProcedureId>(program.procedures.size() - 1);
}

}  // namespace

void read_direct_meters(Program& program) {
  ReadOfMeter reads;
  const size_t procedures = program.procedures.size();
  for (size_t i = 0; i < procedures; ++i) {
    visit(program, program.procedures[i].body, reads);
  }
  for (Table& table : program.tables) {
    for (const ExternId meter : table.direct_externs) {
      const auto read = reads.find(meter);
      if (read == reads.end()) {
        continue;
      }
      for (TableAction& action : table.actions) {
        if (!has_read(program.at(action.body), meter)) {
          action.body = metered(program, action, *read->second);
        }
      }
    }
  }
}

}  // namespace outrigger::p4_ir
