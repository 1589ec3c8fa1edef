// BurstWriter: the packet's bytes: what the parser cannot read in a burst, and the deparser, which writes headers where
// they stand.
#include <algorithm>

#include "p4_native/burst_writer.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::VariableId;

// An empty varbit is no trouble: most IPv4 packets have no options.
void BurstWriter::read_varbit(LLVMValueRef, LLVMValueRef size, VariableId) {
  const LLVMBasicBlockRef is_empty = new_block();
  branch(LLVMBuildICmp(builder_, LLVMIntEQ, size, number(32, 0), ""), is_empty, slow_);
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
    if (!lies_on_bytes(program_, *header)) {
      slow_if(is_valid);
    }
    const LLVMValueRef bytes = LLVMBuildSelect(builder_, is_valid, number(64, width_of(fields) / 8), number(64, 0), "");
    all = LLVMBuildAdd(builder_, all, bytes, "");
  }
  return all;
}

// Packets that work on registers or meters have been looked at before: they have room, and end on bytes.
void BurstWriter::write_headers(std::span<const p4_ir::Header* const> headers) {
  const LLVMValueRef emitted = emitted_bytes(headers);
  const LLVMValueRef cursor = load_context(offsetof(Context, cursor), 64);
  const LLVMValueRef parsed = LLVMBuildLShr(builder_, cursor, number(64, 3), "");
  const LLVMValueRef grows_by = LLVMBuildSub(builder_, emitted, parsed, "");
  const LLVMValueRef headroom = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, headroom)), 4);
  if (!flow_.order().is_ordered) {
    const LLVMValueRef has_room = LLVMBuildICmp(builder_, LLVMIntSLE, grows_by, resized(headroom, 64), "");
    const LLVMValueRef in_byte = LLVMBuildAnd(builder_, cursor, number(64, 7), "");
    const LLVMValueRef is_whole = LLVMBuildICmp(builder_, LLVMIntEQ, in_byte, number(64, 0), "");
    slow_if(LLVMBuildNot(builder_, LLVMBuildAnd(builder_, has_room, is_whole, ""), ""));
  }
  LLVMValueRef back = LLVMBuildNeg(builder_, grows_by, "");
  const LLVMValueRef before = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
  const LLVMValueRef data = LLVMBuildGEP2(builder_, int_type(8), before, &back, 1, "");
  const LLVMValueRef place = zeroed_alloca(pointer_type_);
  store(data, place, 8);
  for (const p4_ir::Header* header : headers) {
    write_header(*header, place);
  }
  const LLVMValueRef growth = resized(grows_by, 32);
  store(data, at_offset(packet_, offsetof(BurstPacket, data)), 8);
  const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  store(LLVMBuildAdd(builder_, bytes, growth, ""), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  store(LLVMBuildSub(builder_, headroom, growth, ""), at_offset(packet_, offsetof(BurstPacket, headroom)), 4);
}

// `place` holds where it goes, and where the next one does afterwards.
void BurstWriter::write_header(const p4_ir::Header& header, LLVMValueRef place) {
  const LLVMBasicBlockRef is_valid = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(load_variable(header.valid), is_valid, after);
  continue_in(is_valid);
  const LLVMValueRef base = load(pointer_type_, place, 8);
  const std::vector<VariableId> fields = fixed_fields(header);
  uint32_t offset = 0;
  for (const Run& run : runs_of(fields)) {
    store_run(base, offset / 8, run.fields, run.width);
    offset += run.width;
  }
  store(at_offset(base, offset / 8), place, 8);
  go_to(after);
  continue_in(after);
}

}  // namespace outrigger::p4_native
