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

void BurstWriter::note_extract(p4_ir::HeaderId header, LLVMValueRef position) {
  const auto [found, is_new] = homes_.try_emplace(header);
  if (is_new) {
    found->second = zeroed_alloca(int_type(64));
  }
  const LLVMValueRef first = LLVMBuildLShr(builder_, position, number(64, 3), "");
  store(LLVMBuildAdd(builder_, first, number(64, 1), ""), found->second, 8);
}

bool BurstWriter::is_changed(const Run& run) const {
  return std::any_of(run.fields.begin(), run.fields.end(),
                     [&](VariableId field) -> bool { return is_changed_[index_of(field)]; });
}

void BurstWriter::write_runs(std::span<const Run> runs, LLVMValueRef base, bool is_changed_only) {
  uint32_t offset = 0;
  for (const Run& run : runs) {
    if (!is_changed_only || is_changed(run)) {
      store_run(base, offset / 8, run.fields, run.width);
    }
    offset += run.width;
  }
}

// `place` holds where it goes, and where the next one does afterwards. Where it was read, what nothing has changed is
// there already.
void BurstWriter::write_header(const p4_ir::Header& header, LLVMValueRef place) {
  const LLVMBasicBlockRef is_valid = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(load_variable(header.valid), is_valid, after);
  continue_in(is_valid);
  const LLVMValueRef base = load(pointer_type_, place, 8);
  const std::vector<VariableId> fields = fixed_fields(header);
  const std::vector<Run> runs = runs_of(fields);
  store(at_offset(base, width_of(fields) / 8), place, 8);
  const auto home = homes_.find(static_cast<p4_ir::HeaderId>(&header - program_.headers.data()));
  const bool has_unchanged = !std::all_of(runs.begin(), runs.end(), [&](const Run& run) { return is_changed(run); });
  if (home != homes_.end() && has_unchanged) {
    const LLVMBasicBlockRef at_home = new_block();
    const LLVMBasicBlockRef elsewhere = new_block();
    const LLVMValueRef packet = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
    const LLVMValueRef first = load(int_type(64), home->second, 8);
    LLVMValueRef back = LLVMBuildSub(builder_, first, number(64, 1), "");
    const LLVMValueRef read_at = LLVMBuildGEP2(builder_, int_type(8), packet, &back, 1, "");
    const LLVMValueRef is_there = LLVMBuildICmp(builder_, LLVMIntEQ, base, read_at, "");
    const LLVMValueRef was_read = LLVMBuildICmp(builder_, LLVMIntNE, first, number(64, 0), "");
    branch(LLVMBuildAnd(builder_, is_there, was_read, ""), at_home, elsewhere);
    continue_in(at_home);
    write_runs(runs, base, true);
    go_to(after);
    continue_in(elsewhere);
  }
  write_runs(runs, base, false);
  go_to(after);
  continue_in(after);
}

}  // namespace outrigger::p4_native
