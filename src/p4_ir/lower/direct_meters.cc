// direct_meters.cc: reads of direct meters that the program leaves to the table.
#include "p4_ir/lower/direct_meters.h"

#include <algorithm>
#include <map>

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

using ReadOfMeter = std::map<ExternId, const CallExtern*>;

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

// All of them take their target along; the first of each meter.
ReadOfMeter find_reads(Program& program) {
  ReadOfMeter found;
  for (const Procedure& procedure : program.procedures) {
    for_each_statement(procedure.body, [&](Statement& statement) {
      if (statement.kind != StatementKind::CallExtern) {
        return;
      }
      auto& call = static_cast<CallExtern&>(statement);
      if (reads_direct_meter(program, call)) {
        take_target_along(program, call);
        found.try_emplace(call.instance, &call);
      }
    });
  }
  return found;
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
  const ReadOfMeter reads = find_reads(program);
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
