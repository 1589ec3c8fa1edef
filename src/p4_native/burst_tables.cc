// BurstWriter: tables, where a packet waits; the deparser, which writes headers where they stand; and what makes a
// packet slow.
#include <algorithm>

#include "p4_native/burst_writer.h"
#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::VariableId;

namespace {

uint32_t bytes_of(uint32_t width) { return (width + 7) / 8; }

bool needs_host(const p4_ir::Table& table) {
  return table.implementation.has_value() || !table.direct_externs.empty() || table.supports_timeout ||
         table.adds_on_miss || std::any_of(table.keys.begin(), table.keys.end(), [](const p4_ir::TableKey& key) {
           // Signed ranges are looked up with the sign turned round.
           return key.kind == p4_ir::MatchKind::Selector || (key.kind == p4_ir::MatchKind::Range && key.is_signed);
         });
}

}  // namespace

void BurstWriter::write_apply(const p4_ir::ApplyTable& statement) {
  const p4_ir::Table& table = program_.at(statement.table);
  uint32_t key_bytes = 0;
  for (const p4_ir::TableKey& key : table.keys) {
    key_bytes += bytes_of(key.value->width);
  }
  if (needs_host(table) || pipeline::key_stride(key_bytes) * 8 > field_bits_inline_max) {
    return go_slow();
  }
  key_bytes_[index_of(statement.table)] = key_bytes;
  wait_for(table, index_of(statement.table));
  const LLVMValueRef entry = load(pointer_type_, at_offset(burst_, offsetof(BurstContext, found)), 8);
  const LLVMValueRef action = load(int_type(32), at_offset(entry, offsetof(pipeline::Entry, action)), 4);
  if (statement.has_hit) {
    const LLVMValueRef hit = load(int_type(8), at_offset(entry, offsetof(pipeline::Entry, is_hit)), 1);
    store_variable(statement.hit, LLVMBuildICmp(builder_, LLVMIntNE, hit, number(8, 0), ""));
  }
  if (statement.has_action_run) {
    store_variable(statement.action_run, action);
  }
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef made =
      LLVMBuildSwitch(builder_, action, targets_.exhausts, static_cast<unsigned>(table.actions.size()));
  for (uint32_t i = 0; i < table.actions.size() && !refused_.has_value(); ++i) {
    const LLVMBasicBlockRef block = new_block();
    LLVMAddCase(made, number(32, i), block);
    continue_in(block);
    set_parameters(table.actions[i], entry);
    ++depth_;
    if (count_node()) {
      call_procedure(table.actions[i].body);
    }
    --depth_;
    go_to(after);
  }
  continue_in(after);
}

// The key goes behind those that wait already (their layout: pipeline/abi.h), and the coroutine stops.
void BurstWriter::wait_for(const p4_ir::Table& table, uint32_t number_of) {
  const uint32_t stride = pipeline::key_stride(*key_bytes_[number_of]);
  const uint32_t bits = stride * 8;
  LLVMValueRef key = number(bits, 0);
  uint32_t left = bits;
  for (const p4_ir::TableKey& of : table.keys) {
    left -= bytes_of(of.value->width) * 8;
    const LLVMValueRef part_of_key = resized(value(*of.value), bits);
    key = LLVMBuildOr(builder_, key, LLVMBuildShl(builder_, part_of_key, number(bits, left), ""), "");
  }
  const LLVMValueRef list = at_offset(burst_, sizeof(BurstContext) + uint64_t{number_of} * sizeof(BurstWaiting));
  const LLVMValueRef count_slot = at_offset(list, offsetof(BurstWaiting, count));
  const LLVMValueRef count = load(int_type(32), count_slot, 4);
  store(LLVMBuildAdd(builder_, count, number(32, 1), ""), count_slot, 4);
  LLVMValueRef offset = LLVMBuildMul(builder_, resized(count, 64), number(64, stride), "");
  const LLVMValueRef keys = load(pointer_type_, list, 8);
  const LLVMValueRef place = LLVMBuildInBoundsGEP2(builder_, int_type(8), keys, &offset, 1, "");
  store(intrinsic("llvm.bswap", int_type(bits), {key}), place, 8);
  LLVMValueRef index = resized(count, 64);
  const LLVMValueRef frame =
      LLVMBuildInBoundsGEP2(builder_, pointer_type_, at_offset(list, offsetof(BurstWaiting, frames)), &index, 1, "");
  store(handle_, frame, 8);
  const LLVMValueRef no_token = LLVMConstNull(LLVMTokenTypeInContext(context_));
  const LLVMValueRef state = coroutine_intrinsic("llvm.coro.suspend", {}, {no_token, number(1, 0)});
  const LLVMBasicBlockRef goes_on = new_block();
  const LLVMValueRef made = LLVMBuildSwitch(builder_, state, stop_, 2);
  LLVMAddCase(made, number(8, 0), goes_on);
  LLVMAddCase(made, number(8, 1), stop_);
  continue_in(goes_on);
}

// The action's data: each parameter a big-endian number of whole bytes.
void BurstWriter::set_parameters(const p4_ir::TableAction& action, LLVMValueRef entry) {
  uint32_t all = 0;
  for (const p4_ir::ActionParameter& parameter : action.parameters) {
    all += bytes_of(parameter.width) * 8;
  }
  const LLVMValueRef data = at_offset(entry, sizeof(pipeline::Entry));
  uint32_t offset = 0;
  for (const p4_ir::ActionParameter& parameter : action.parameters) {
    if (parameter.width > field_bits_inline_max) {
      return go_slow();
    }
    offset += bytes_of(parameter.width) * 8;
    store_variable(parameter.variable, load_field(data, offset - parameter.width, parameter.width, all));
  }
}

// An empty varbit is no trouble: most IPv4 packets have no options.
void BurstWriter::read_varbit(LLVMValueRef, LLVMValueRef size, VariableId) {
  const LLVMBasicBlockRef is_empty = new_block();
  branch(LLVMBuildICmp(builder_, LLVMIntEQ, size, number(32, 0), ""), is_empty, targets_.exhausts);
  continue_in(is_empty);
}

void BurstWriter::read_slowly(VariableId, LLVMValueRef) { go_slow(); }

LLVMValueRef BurstWriter::is_in_set(p4_ir::ValueSetId, std::span<const p4_ir::Expression* const>) {
  go_slow();
  return number(1, 0);
}

void BurstWriter::write_emit(const p4_ir::Header& header) {
  refuse(Code::Unimplemented,
         fmt::format("bursts want a deparser that ends in its emits; '{}' is emitted elsewhere", header.name));
}

std::vector<VariableId> BurstWriter::fixed_fields(const p4_ir::Header& header) const {
  std::vector<VariableId> fields = header.fields;
  if (header.varbit_field >= 0) {
    fields.erase(fields.begin() + header.varbit_field);
  }
  return fields;
}

// Headers are written so that they end where the packet's unparsed rest begins.
void BurstWriter::write_deparser(const p4_ir::Procedure& procedure) {
  const auto first_emit = std::find_if(procedure.body.begin(), procedure.body.end(), [](const p4_ir::Statement* one) {
    return one->kind == p4_ir::StatementKind::Emit;
  });
  const LLVMBasicBlockRef after = targets_.returns;
  targets_.returns = new_block();  // before it has emitted anything
  ModuleWriter::write(p4_ir::Statements(procedure.body.begin(), first_emit));
  std::vector<const p4_ir::Header*> headers;
  for (auto it = first_emit; it != procedure.body.end(); ++it) {
    const auto* emit = as<p4_ir::Emit>(*it);
    if (emit == nullptr) {
      return refuse(Code::Unimplemented, "bursts want a deparser that ends in its emits");
    }
    headers.push_back(&program_.at(emit->header));
  }
  if (!has_ended()) {
    write_headers(headers);
    go_to(after);
  }
  continue_in(targets_.returns);
  write_headers({});
  targets_.returns = after;
}

// Makes the packet slow when a header that is to be emitted does not lie on bytes.
LLVMValueRef BurstWriter::emitted_bytes(std::span<const p4_ir::Header* const> headers) {
  LLVMValueRef all = number(64, 0);
  for (const p4_ir::Header* header : headers) {
    const LLVMValueRef is_valid = load_variable(header->valid);
    const std::vector<VariableId> fields = fixed_fields(*header);
    if (runs_of(fields).empty() && !fields.empty()) {
      const LLVMBasicBlockRef goes_on = new_block();
      branch(is_valid, targets_.exhausts, goes_on);
      continue_in(goes_on);
    }
    const LLVMValueRef bytes = LLVMBuildSelect(builder_, is_valid, number(64, width_of(fields) / 8), number(64, 0), "");
    all = LLVMBuildAdd(builder_, all, bytes, "");
  }
  return all;
}

void BurstWriter::write_headers(std::span<const p4_ir::Header* const> headers) {
  const LLVMValueRef emitted = emitted_bytes(headers);
  const LLVMValueRef cursor = load_context(offsetof(Context, cursor), 64);
  const LLVMValueRef parsed = LLVMBuildLShr(builder_, cursor, number(64, 3), "");
  const LLVMValueRef grows_by = LLVMBuildSub(builder_, emitted, parsed, "");
  const LLVMValueRef headroom = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, headroom)), 4);
  const LLVMValueRef has_room = LLVMBuildICmp(builder_, LLVMIntSLE, grows_by, resized(headroom, 64), "");
  const LLVMValueRef in_byte = LLVMBuildAnd(builder_, cursor, number(64, 7), "");
  const LLVMValueRef is_whole = LLVMBuildICmp(builder_, LLVMIntEQ, in_byte, number(64, 0), "");
  const LLVMBasicBlockRef writes = new_block();
  branch(LLVMBuildAnd(builder_, has_room, is_whole, ""), writes, targets_.exhausts);
  continue_in(writes);
  LLVMValueRef back = LLVMBuildNeg(builder_, grows_by, "");
  const LLVMValueRef before = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
  const LLVMValueRef data = LLVMBuildGEP2(builder_, int_type(8), before, &back, 1, "");
  const LLVMValueRef place = zeroed_alloca(pointer_type_);
  store(data, place, 8);
  for (const p4_ir::Header* header : headers) {
    const LLVMBasicBlockRef is_valid = new_block();
    const LLVMBasicBlockRef after = new_block();
    branch(load_variable(header->valid), is_valid, after);
    continue_in(is_valid);
    const LLVMValueRef base = load(pointer_type_, place, 8);
    const std::vector<VariableId> fields = fixed_fields(*header);
    uint32_t offset = 0;
    for (const Run& run : runs_of(fields)) {
      store_run(base, offset / 8, run.fields, run.width);
      offset += run.width;
    }
    store(at_offset(base, offset / 8), place, 8);
    go_to(after);
    continue_in(after);
  }
  const LLVMValueRef growth = resized(grows_by, 32);
  store(data, at_offset(packet_, offsetof(BurstPacket, data)), 8);
  const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  store(LLVMBuildAdd(builder_, bytes, growth, ""), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  store(LLVMBuildSub(builder_, headroom, growth, ""), at_offset(packet_, offsetof(BurstPacket, headroom)), 4);
}

}  // namespace outrigger::p4_native
