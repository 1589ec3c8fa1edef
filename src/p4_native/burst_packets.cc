// BurstWriter: the packet's bytes: what the parser cannot read in a burst, and the deparser, which writes headers where
// they stand.
#include <algorithm>

#include "p4_native/burst_writer.h"
#include "p4_native/limits.h"

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
  if (shape_.steps[step_].parses_again) {
    keep_packet(headers, emitted, parsed);
  }
  LLVMValueRef back = LLVMBuildNeg(builder_, grows_by, "");
  const LLVMValueRef before = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
  const LLVMValueRef data = LLVMBuildGEP2(builder_, int_type(8), before, &back, 1, "");
  const LLVMValueRef place = zeroed_alloca(pointer_type_);
  store(data, place, 8);
  std::vector<LLVMValueRef> moved;
  for (const p4_ir::Header* header : headers) {
    moved.push_back(read_header(*header, place));
  }
  reads_late_ = false;
  store(data, place, 8);
  for (size_t i = 0; i < headers.size(); ++i) {
    write_header(*headers[i], place, moved[i]);
  }
  const LLVMValueRef growth = resized(grows_by, 32);
  store(data, at_offset(packet_, offsetof(BurstPacket, data)), 8);
  const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  store(LLVMBuildAdd(builder_, bytes, growth, ""), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  store(LLVMBuildSub(builder_, headroom, growth, ""), at_offset(packet_, offsetof(BurstPacket, headroom)), 4);
}

// What headers will overwrite: at most as many of the bytes before the payload as they have.
void BurstWriter::keep_packet(std::span<const p4_ir::Header* const> headers, LLVMValueRef emitted,
                              LLVMValueRef parsed) {
  uint64_t bytes_max = 0;
  for (const p4_ir::Header* header : headers) {
    bytes_max += width_of(fixed_fields(*header)) / 8;
  }
  if (kept_.packet == nullptr) {
    kept_.packet = entry_alloca(LLVMArrayType2(int_type(64), sizeof(BurstPacket) / sizeof(uint64_t)));
    kept_.place = entry_alloca(pointer_type_);
    kept_.size = zeroed_alloca(int_type(64));
    kept_.bytes = entry_alloca(LLVMArrayType2(int_type(8), std::max<uint64_t>(bytes_max, 1)));
  }
  LLVMBuildMemCpy(builder_, kept_.packet, 8, packet_, 8, number(64, sizeof(BurstPacket)));
  const LLVMValueRef size = intrinsic("llvm.umin", int_type(64), {emitted, parsed});
  LLVMValueRef first = LLVMBuildSub(builder_, parsed, size, "");
  const LLVMValueRef data = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
  const LLVMValueRef place = LLVMBuildInBoundsGEP2(builder_, int_type(8), data, &first, 1, "");
  store(place, kept_.place, 8);
  store(size, kept_.size, 8);
  LLVMBuildMemCpy(builder_, kept_.bytes, 1, place, 1, size);
}

void BurstWriter::restore_packet() {
  if (kept_.packet == nullptr) {
    return;
  }
  LLVMBuildMemCpy(builder_, packet_, 8, kept_.packet, 8, number(64, sizeof(BurstPacket)));
  const LLVMValueRef place = load(pointer_type_, kept_.place, 8);
  LLVMBuildMemCpy(builder_, place, 1, kept_.bytes, 1, load(int_type(64), kept_.size, 8));
}

void BurstWriter::note_extract(p4_ir::HeaderId header, LLVMValueRef position) {
  const LLVMValueRef first = LLVMBuildLShr(builder_, position, number(64, 3), "");
  store(LLVMBuildAdd(builder_, first, number(64, 1), ""), home_of(header), 8);
}

LLVMValueRef BurstWriter::home_of(p4_ir::HeaderId header) {
  const auto [found, is_new] = homes_.try_emplace(header);
  if (is_new) {
    found->second = zeroed_alloca(int_type(64));
  }
  return found->second;
}

// Fields that nothing sets but the extract are read where they are wanted, from the packet, which the deparser changes
// at last: nothing of them waits in the coroutine's frame. Not where the packet is parsed again: it was changed before.
void BurstWriter::find_late_fields() {
  if (std::any_of(shape_.steps.begin(), shape_.steps.end(), [](const BurstStep& step) { return step.parses_again; })) {
    return;
  }
  for (size_t i = 0; i < program_.headers.size(); ++i) {
    const p4_ir::Header& header = program_.headers[i];
    if (header.varbit_field >= 0 || header.width_fixed > late_bits_max) {
      continue;
    }
    uint32_t offset = 0;
    for (const VariableId field : header.fields) {
      const uint32_t width = program_.at(field).width;
      if (!is_changed_[index_of(field)] && width <= field_bits_inline_max) {
        late_fields_.emplace(field, LateField{.header = static_cast<p4_ir::HeaderId>(i), .offset = offset});
      }
      offset += width;
    }
  }
}

LLVMValueRef BurstWriter::load_variable(VariableId variable) {
  const auto found = late_fields_.find(variable);
  return reads_late_ && found != late_fields_.end() ? load_late(variable, found->second)
                                                    : ModuleWriter::load_variable(variable);
}

// Zero when its header was not extracted.
LLVMValueRef BurstWriter::load_late(VariableId variable, const LateField& field) {
  return load_field(late_base(field), field.offset, program_.at(variable).width, program_.at(field.header).width_fixed);
}

// Where the field's header was read, or zeroes.
LLVMValueRef BurstWriter::late_base(const LateField& field) {
  constexpr const char* name = "p4_zeroes";
  LLVMValueRef zeroes = LLVMGetNamedGlobal(module_, name);
  if (zeroes == nullptr) {
    const LLVMTypeRef type = LLVMArrayType2(int_type(8), late_bits_max / 8);
    zeroes = LLVMAddGlobal(module_, type, name);
    LLVMSetInitializer(zeroes, LLVMConstNull(type));
    LLVMSetGlobalConstant(zeroes, 1);
    LLVMSetLinkage(zeroes, LLVMInternalLinkage);
  }
  const LLVMValueRef first = load(int_type(64), home_of(field.header), 8);
  const LLVMValueRef was_read = LLVMBuildICmp(builder_, LLVMIntNE, first, number(64, 0), "");
  return LLVMBuildSelect(builder_, was_read, read_at(first), zeroes, "");
}

// `first`: as homes_ have it.
LLVMValueRef BurstWriter::read_at(LLVMValueRef first) {
  const LLVMValueRef packet = load(pointer_type_, context_slot(offsetof(Context, packet)), 8);
  LLVMValueRef offset = LLVMBuildSub(builder_, first, number(64, 1), "");
  return LLVMBuildGEP2(builder_, int_type(8), packet, &offset, 1, "");
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

// What write_header() will want of the header's late fields, before anything is written. `place` holds where the header
// goes, and where the next one does afterwards. Says (in memory) whether it goes elsewhere than where it was read,
// where what nothing has changed is there already.
LLVMValueRef BurstWriter::read_header(const p4_ir::Header& header, LLVMValueRef place) {
  const LLVMValueRef moved = zeroed_alloca(int_type(8));
  const LLVMBasicBlockRef is_valid = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(ModuleWriter::load_variable(header.valid), is_valid, after);
  continue_in(is_valid);
  const LLVMValueRef base = load(pointer_type_, place, 8);
  const std::vector<VariableId> fields = fixed_fields(header);
  store(at_offset(base, width_of(fields) / 8), place, 8);
  const std::vector<Run> runs = runs_of(fields);
  read_late_fields(runs, true);
  const LLVMBasicBlockRef elsewhere = new_block();
  const auto home = homes_.find(static_cast<p4_ir::HeaderId>(&header - program_.headers.data()));
  if (home == homes_.end()) {
    go_to(elsewhere);
  } else {
    const LLVMValueRef first = load(int_type(64), home->second, 8);
    const LLVMValueRef was_read = LLVMBuildICmp(builder_, LLVMIntNE, first, number(64, 0), "");
    const LLVMValueRef is_there = LLVMBuildICmp(builder_, LLVMIntEQ, base, read_at(first), "");
    branch(LLVMBuildAnd(builder_, is_there, was_read, ""), after, elsewhere);
  }
  continue_in(elsewhere);
  read_late_fields(runs, false);
  store(number(8, 1), moved, 1);
  go_to(after);
  continue_in(after);
  return moved;
}

void BurstWriter::read_late_fields(std::span<const Run> runs, bool of_changed) {
  for (const Run& run : runs) {
    for (const VariableId field : run.fields) {
      if (const auto late = late_fields_.find(field); late != late_fields_.end() && is_changed(run) == of_changed) {
        store_variable(field, load_late(field, late->second));
      }
    }
  }
}

void BurstWriter::write_header(const p4_ir::Header& header, LLVMValueRef place, LLVMValueRef moved) {
  const LLVMBasicBlockRef is_valid = new_block();
  const LLVMBasicBlockRef elsewhere = new_block();
  const LLVMBasicBlockRef at_home = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(load_variable(header.valid), is_valid, after);
  continue_in(is_valid);
  const LLVMValueRef base = load(pointer_type_, place, 8);
  const std::vector<VariableId> fields = fixed_fields(header);
  const std::vector<Run> runs = runs_of(fields);
  store(at_offset(base, width_of(fields) / 8), place, 8);
  const bool has_unchanged = !std::all_of(runs.begin(), runs.end(), [&](const Run& run) { return is_changed(run); });
  const LLVMValueRef is_home = LLVMBuildICmp(builder_, LLVMIntEQ, load(int_type(8), moved, 1), number(8, 0), "");
  branch(has_unchanged ? is_home : number(1, 0), at_home, elsewhere);
  continue_in(at_home);
  write_runs(runs, base, true);
  go_to(after);
  continue_in(elsewhere);
  write_runs(runs, base, false);
  go_to(after);
  continue_in(after);
}

}  // namespace outrigger::p4_native
