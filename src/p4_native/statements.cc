// ModuleWriter: statements, and the calls of the host.
#include <algorithm>

#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::ExternArgument;
using p4_ir::StatementKind;

// What follows a statement that never goes on is not written.
void ModuleWriter::write(const p4_ir::Statements& statements) {
  ++depth_;
  for (const p4_ir::Statement* statement : statements) {
    if (has_ended() || !count_node()) {
      break;
    }
    write(*statement);
  }
  --depth_;
}

void ModuleWriter::write(const p4_ir::Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Assign: return write_assign(*as<p4_ir::Assign>(&statement));
    case StatementKind::AssignVarbit: {
      const auto* assign = as<p4_ir::AssignVarbit>(&statement);
      return assign_varbit(assign->variable, assign->from);
    }
    case StatementKind::If: return write_if(*as<p4_ir::If>(&statement));
    case StatementKind::Switch: return write_switch(*as<p4_ir::Switch>(&statement));
    case StatementKind::Loop: return write_loop(*as<p4_ir::Loop>(&statement));
    // Outside of a loop these leave what a verified program does not have.
    case StatementKind::Break: return go_to(targets_.breaks != nullptr ? targets_.breaks : targets_.returns);
    case StatementKind::Continue: return go_to(targets_.continues != nullptr ? targets_.continues : targets_.returns);
    case StatementKind::Return: return go_to(targets_.returns);
    case StatementKind::Call: return call_procedure(as<p4_ir::Call>(&statement)->procedure);
    case StatementKind::ApplyTable: return write_apply(*as<p4_ir::ApplyTable>(&statement));
    case StatementKind::CallExtern: return write_call_extern(*as<p4_ir::CallExtern>(&statement));
    case StatementKind::Extract: return write_extract(*as<p4_ir::Extract>(&statement));
    case StatementKind::Advance: return write_advance(*as<p4_ir::Advance>(&statement));
    case StatementKind::Lookahead: return write_lookahead(*as<p4_ir::Lookahead>(&statement));
    case StatementKind::Verify: {
      const auto* verify = as<p4_ir::Verify>(&statement);
      const LLVMBasicBlockRef holds = new_block();
      const LLVMBasicBlockRef fails = new_block();
      branch(truth(*verify->condition), holds, fails);
      continue_in(fails);
      store_variable(program_.parser_error, value(*verify->error));
      go_to(targets_.rejects);
      return continue_in(holds);
    }
    case StatementKind::CallParser: return call_parser(as<p4_ir::CallParser>(&statement)->parser);
    case StatementKind::Emit: return write_emit(program_.at(as<p4_ir::Emit>(&statement)->header));
  }
}

void ModuleWriter::write_if(const p4_ir::If& statement) {
  const LLVMBasicBlockRef if_true = new_block();
  const LLVMBasicBlockRef if_false = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(truth(*statement.condition), if_true, if_false);
  continue_in(if_true);
  write(statement.if_true);
  if (!has_ended()) {
    go_to(after);
  }
  continue_in(if_false);
  write(statement.if_false);
  if (!has_ended()) {
    go_to(after);
  }
  continue_in(after);
}

void ModuleWriter::write_switch(const p4_ir::Switch& statement) {
  const LLVMValueRef subject = value(*statement.subject);
  const LLVMBasicBlockRef otherwise = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef made = LLVMBuildSwitch(builder_, subject, otherwise, 0);
  std::vector<p4_ir::Bits> taken;  // the first case with a label counts; LLVM wants each label once
  for (const p4_ir::Switch::Case& one : statement.cases) {
    const LLVMBasicBlockRef block = new_block();
    for (const p4_ir::Bits& label : one.labels) {
      if (label.width() == statement.subject->width && std::find(taken.begin(), taken.end(), label) == taken.end()) {
        taken.push_back(label);
        LLVMAddCase(made, number(label), block);
      }
    }
    continue_in(block);
    write(one.body);
    if (!has_ended()) {
      go_to(after);
    }
  }
  continue_in(otherwise);
  write(statement.otherwise);
  if (!has_ended()) {
    go_to(after);
  }
  continue_in(after);
}

// A counter of the context, which ends the packet at its limit.
void ModuleWriter::count_up(size_t offset, uint32_t by, uint32_t most) {
  const LLVMValueRef next = LLVMBuildAdd(builder_, load_context(offset, 32), number(32, by), "");
  store_context(offset, next, 32);
  const LLVMBasicBlockRef goes_on = new_block();
  branch(LLVMBuildICmp(builder_, LLVMIntUGT, next, number(32, most), ""), targets_.exhausts, goes_on);
  continue_in(goes_on);
}

void ModuleWriter::write_loop(const p4_ir::Loop& statement) {
  const LLVMBasicBlockRef head = new_block();
  const LLVMBasicBlockRef update = new_block();
  const LLVMBasicBlockRef after = new_block();
  const Targets outer = targets_;
  go_to(head);
  continue_in(head);
  count_up(offsetof(Context, loop_turns), statement.turn_cost, p4_ir::Program::loop_turns_max);
  targets_.breaks = after;
  targets_.continues = update;
  write(statement.body);
  if (!has_ended()) {
    go_to(update);
  }
  continue_in(update);
  targets_.continues = head;  // in the update itself
  write(statement.update);
  if (!has_ended()) {
    go_to(head);
  }
  targets_ = outer;
  continue_in(after);
}

void ModuleWriter::call_function(LLVMValueRef function) {
  const LLVMValueRef status = call(function, {state_});
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef made = LLVMBuildSwitch(builder_, status, after, 2);
  LLVMAddCase(made, number(32, static_cast<uint32_t>(Status::Rejected)), targets_.rejects);
  LLVMAddCase(made, number(32, static_cast<uint32_t>(Status::Exhausted)), targets_.exhausts);
  continue_in(after);
}

// Values → scratch space, in their memory form; their widths.
std::vector<uint32_t> ModuleWriter::write_scratch(std::span<const p4_ir::Expression* const> values) {
  std::vector<uint32_t> widths;
  for (const p4_ir::Expression* of : values) {
    widths.push_back(of->width);
  }
  const std::vector<uint32_t> offsets = scratch_offsets(widths);
  for (size_t i = 0; i < values.size(); ++i) {
    store_scalar(value(*values[i]), at_offset(state_, layout_.scratch() + offsets[i]), widths[i]);
  }
  layout_.reserve_scratch(widths);
  return widths;
}

void ModuleWriter::write_apply(const p4_ir::ApplyTable& statement) {
  const p4_ir::Table& table = program_.at(statement.table);
  std::vector<const p4_ir::Expression*> keys;
  for (const p4_ir::TableKey& key : table.keys) {
    keys.push_back(key.value);
  }
  sites_.key_widths[index_of(statement.table)] = write_scratch(keys);
  const LLVMValueRef found = call(run_time("p4_apply"), {state_, number(32, index_of(statement.table))});
  const LLVMValueRef action = LLVMBuildAnd(builder_, found, number(32, INT32_MAX), "");
  if (statement.has_hit) {
    store_variable(statement.hit, resized(LLVMBuildLShr(builder_, found, number(32, 31), ""), 1));
  }
  if (statement.has_action_run) {
    store_variable(statement.action_run, action);
  }
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef made = LLVMBuildSwitch(builder_, action, after, static_cast<unsigned>(table.actions.size()));
  for (uint32_t i = 0; i < table.actions.size(); ++i) {
    const LLVMBasicBlockRef block = new_block();
    LLVMAddCase(made, number(32, i), block);
    continue_in(block);
    call_procedure(table.actions[i].body);
    go_to(after);
  }
  continue_in(after);
}

// What of an extern's argument goes through scratch: not results, not varbits.
void ModuleWriter::scratch_parts(const ExternArgument& argument, std::vector<const p4_ir::Expression*>& into) const {
  for (const ExternArgument::Part& of : argument.parts) {
    const auto* read = as<p4_ir::Read>(of.value);
    if (argument.kind != ExternArgument::Kind::Result && (read == nullptr || !program_.at(read->variable).is_varbit)) {
      into.push_back(of.value);
    }
  }
  into.insert(into.end(), argument.header_valid.begin(), argument.header_valid.end());
}

void ModuleWriter::write_call_extern(const p4_ir::CallExtern& statement) {
  if (statement.name == "packet_in.length" && !statement.result.parts.empty()) {
    const ExternArgument::Part& of = statement.result.parts.front();
    const LLVMValueRef bits = load_context(offsetof(Context, packet_bits), 64);
    return store_variable(of.variable, resized(LLVMBuildLShr(builder_, bits, number(64, 3), ""), of.width));
  }
  std::vector<const p4_ir::Expression*> values;
  for (const ExternArgument& argument : statement.arguments) {
    scratch_parts(argument, values);
  }
  scratch_parts(statement.result, values);
  sites_.call_widths[statement.site] = write_scratch(values);
  sites_.calls[statement.site] = &statement;
  call(run_time("p4_call"), {state_, number(32, statement.site)});
}

void ModuleWriter::assign_varbit(p4_ir::VariableId to, p4_ir::VariableId from) {
  const uint32_t most = std::min(program_.at(to).width, program_.at(from).width);
  const LLVMValueRef size = load(int_type(32), pointer_of(from), 4);
  const LLVMValueRef kept = intrinsic("llvm.umin", int_type(32), {size, number(32, most)});
  LLVMBuildMemMove(builder_, at_offset(pointer_of(to), varbit_header_bytes), 8,
                   at_offset(pointer_of(from), varbit_header_bytes), 8, number(64, (uint64_t{most} + 7) / 8));
  store(kept, pointer_of(to), 4);
}

}  // namespace outrigger::p4_native
