// BurstWriter: tables, where a packet waits.
#include <algorithm>

#include "p4_native/burst_writer.h"
#include "p4_native/limits.h"
#include "p4_native/wide_copies.h"

namespace outrigger::p4_native {

using p4_ir::VariableId;

namespace {

uint32_t bytes_of(uint32_t width) { return (width + 7) / 8; }

}  // namespace

void BurstWriter::write_apply(const p4_ir::ApplyTable& statement) {
  const p4_ir::Table& table = program_.at(statement.table);
  const uint32_t number_of = index_of(statement.table);
  const auto key_bytes = burst_key_bytes(program_, table);
  const bool has_meters =
      shape_.counts_every_hit && std::any_of(table.direct_externs.begin(), table.direct_externs.end(),
                                             [&](p4_ir::ExternId id) { return is_direct_meter(program_, id); });
  if (!key_bytes.has_value() || (has_meters && flow_.is_slow(statement))) {
    return go_slow();
  }
  key_bytes_[number_of] = key_bytes;
  wait_for(table, number_of);
  const LLVMValueRef found = load(pointer_type_, found_, 8);
  const LLVMValueRef entry = acting_entry(table, number_of, found);
  const auto is_hit_of = [&](LLVMValueRef of) {
    const LLVMValueRef hit = load(int_type(8), at_offset(of, offsetof(pipeline::Entry, is_hit)), 1);
    return LLVMBuildICmp(builder_, LLVMIntNE, hit, number(8, 0), "");
  };
  LLVMValueRef is_hit = nullptr;
  if (statement.has_hit || !table.direct_externs.empty()) {
    is_hit = is_hit_of(found);
    if (entry != found) {  // a group without members is no hit
      is_hit = LLVMBuildAnd(builder_, is_hit, is_hit_of(entry), "");
    }
  }
  if (statement.has_hit) {
    store_variable(statement.hit, is_hit);
  }
  if (!table.direct_externs.empty()) {
    work_on_direct(statement, found, is_hit);
  }
  write_actions(statement, entry);
}

void BurstWriter::write_actions(const p4_ir::ApplyTable& statement, LLVMValueRef acting) {
  const p4_ir::Table& table = program_.at(statement.table);
  const LLVMValueRef entry = call(declare_entry_marker(module_), {acting});
  const LLVMValueRef action = load(int_type(32), at_offset(entry, offsetof(pipeline::Entry, action)), 4);
  if (statement.has_action_run) {
    store_variable(statement.action_run, action);
  }
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef made = LLVMBuildSwitch(builder_, action, slow_, static_cast<unsigned>(table.actions.size()));
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

// Signed ranges are compared as unsigned ones, the sign turned round.
LLVMValueRef BurstWriter::key_field(const p4_ir::TableKey& of) {
  const LLVMValueRef field = value(*of.value);
  if (of.kind != p4_ir::MatchKind::Range || !of.is_signed) {
    return field;
  }
  const LLVMValueRef one = number(of.value->width, 1);
  const LLVMValueRef place = number(of.value->width, of.value->width - 1);
  return LLVMBuildXor(builder_, field, LLVMBuildShl(builder_, one, place, ""), "");
}

// The key goes behind those that wait already (their layout: pipeline/abi.h), and the coroutine stops.
void BurstWriter::wait_for(const p4_ir::Table& table, uint32_t number_of) {
  const uint32_t bytes = pipeline::key_stride(*key_bytes_[number_of]);
  const KeyFetch which = key_fetch(table);
  const uint32_t stride = burst_key_stride(*key_bytes_[number_of], which);
  const uint64_t list_offset = places_.waiting(number_of);
  const LLVMValueRef list = at_offset(burst_, list_offset);
  const LLVMValueRef count = waiting_count(list_offset);
  LLVMValueRef offset = LLVMBuildMul(builder_, resized(count, 64), number(64, stride), "");
  const LLVMValueRef keys = load(pointer_type_, list, 8);
  const LLVMValueRef place = LLVMBuildInBoundsGEP2(builder_, int_type(8), keys, &offset, 1, "");
  if (bytes * 8 > field_bits_inline_max) {
    write_wide_key(table, bytes, place);
  } else {
    const LLVMValueRef key = write_key(table, bytes, place);
    fetch_places(which, list, key, at_offset(place, bytes));
  }
  wait_on(list_offset, count);
}

// The key as memory has it, read as one number.
LLVMValueRef BurstWriter::write_key(const p4_ir::Table& table, uint32_t bytes, LLVMValueRef place) {
  const uint32_t bits = bytes * 8;
  LLVMValueRef key = number(bits, 0);
  uint32_t left = bits;
  for (const p4_ir::TableKey& of : table.keys) {
    if (of.kind != p4_ir::MatchKind::Selector) {
      left -= bytes_of(of.value->width) * 8;
      const LLVMValueRef shifted = LLVMBuildShl(builder_, resized(key_field(of), bits), number(bits, left), "");
      key = LLVMBuildOr(builder_, key, shifted, "");
    }
  }
  const LLVMValueRef written = intrinsic("llvm.bswap", int_type(bits), {key});
  store(written, place, 8);
  return written;
}

// Where the table will look first (pipeline::FetchPlan), so that it is there when all keys are.
void BurstWriter::fetch_places(KeyFetch which, LLVMValueRef list, LLVMValueRef key, LLVMValueRef hash_place) {
  if (which == KeyFetch::None) {
    return;
  }
  constexpr size_t plan = offsetof(BurstWaiting, fetch);
  constexpr uint32_t bits_below = 64 - 24;  // of the address, which is the upper half of its padded key
  LLVMValueRef index = nullptr;
  if (which == KeyFetch::Bucket) {
    index = hash_key(key, load(int_type(64), at_offset(list, plan + offsetof(pipeline::FetchPlan, seed)), 8));
    store(index, hash_place, 8);
  } else {
    index = LLVMBuildLShr(builder_, intrinsic("llvm.bswap", int_type(64), {key}), number(64, bits_below), "");
  }
  const uint64_t bytes = which == KeyFetch::Bucket ? sizeof(pipeline::ExactBucket) : sizeof(uint32_t);
  const LLVMValueRef mask = load(int_type(64), at_offset(list, plan + offsetof(pipeline::FetchPlan, mask)), 8);
  const LLVMValueRef places = load(pointer_type_, at_offset(list, plan + offsetof(pipeline::FetchPlan, places)), 8);
  LLVMValueRef offset = LLVMBuildMul(builder_, LLVMBuildAnd(builder_, index, mask, ""), number(64, bytes), "");
  fetch(LLVMBuildGEP2(builder_, int_type(8), places, &offset, 1, ""), false);
}

// As pipeline::hash_key() does it.
LLVMValueRef BurstWriter::hash_key(LLVMValueRef key, LLVMValueRef seed) {
  LLVMValueRef hash = seed;
  const LLVMValueRef factor = resized(number(64, pipeline::hash_factor), 128);
  for (uint32_t at = 0; at < LLVMGetIntTypeWidth(LLVMTypeOf(key)); at += 64) {
    const LLVMValueRef below = LLVMConstInt(LLVMTypeOf(key), at, 0);
    const LLVMValueRef word = resized(LLVMBuildLShr(builder_, key, below, ""), 64);
    const LLVMValueRef mixed = resized(LLVMBuildXor(builder_, hash, word, ""), 128);
    const LLVMValueRef product = LLVMBuildMul(builder_, mixed, factor, "");
    const LLVMValueRef upper = LLVMBuildLShr(builder_, product, number(128, 64), "");
    hash = LLVMBuildXor(builder_, resized(product, 64), resized(upper, 64), "");
  }
  return hash;
}

// Field by field.
void BurstWriter::write_wide_key(const p4_ir::Table& table, uint32_t stride, LLVMValueRef place) {
  uint32_t end = 0;
  for (const p4_ir::TableKey& of : table.keys) {
    if (of.kind == p4_ir::MatchKind::Selector) {
      continue;
    }
    const uint32_t bytes = bytes_of(of.value->width);
    const uint32_t bits = (bytes + 1) / 2 * 16;  // bswap wants pairs of bytes
    const LLVMValueRef above = number(bits, bits - bytes * 8);
    const LLVMValueRef field = LLVMBuildShl(builder_, resized(key_field(of), bits), above, "");
    store(resized(intrinsic("llvm.bswap", int_type(bits), {field}), bytes * 8), at_offset(place, end), 1);
    end += bytes;
  }
  for (; end < stride; ++end) {
    store(number(8, 0), at_offset(place, end), 1);
  }
}

LLVMValueRef BurstWriter::waiting_count(uint64_t list_offset) {
  return load(int_type(32), at_offset(burst_, list_offset + offsetof(BurstWaiting, count)), 4);
}

// Behind the `count` packets that wait there already.
void BurstWriter::wait_on(uint64_t list_offset, LLVMValueRef count) {
  const LLVMValueRef list = at_offset(burst_, list_offset);
  store(LLVMBuildAdd(builder_, count, number(32, 1), ""), at_offset(list, offsetof(BurstWaiting, count)), 4);
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

// What the entry refers to, where the table has an action profile.
LLVMValueRef BurstWriter::acting_entry(const p4_ir::Table& table, uint32_t number_of, LLVMValueRef entry) {
  if (!table.implementation.has_value()) {
    return entry;
  }
  const LLVMValueRef profile = array_cells(*table.implementation, BurstNeed::Kind::Profile);
  const LLVMValueRef acting = entry_alloca(pointer_type_);
  store(entry, acting, 8);
  const LLVMBasicBlockRef refers = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef kind = load(int_type(8), at_offset(entry, offsetof(pipeline::Entry, kind)), 1);
  const auto of_kind = [](pipeline::EntryKind of) { return static_cast<uint64_t>(of); };
  const LLVMValueRef is_action =
      LLVMBuildICmp(builder_, LLVMIntEQ, kind, number(8, of_kind(pipeline::EntryKind::Action)), "");
  branch(is_action, after, refers);
  continue_in(refers);
  const LLVMValueRef abi = load(pointer_type_, at_offset(burst_, places_.table(number_of)), 8);
  const LLVMValueRef resolved =
      call_run_time("p4_burst_resolve", pointer_type_, {profile, abi, entry, selector_hash(table)});
  store(resolved, acting, 8);
  go_to(after);
  continue_in(after);
  return load(pointer_type_, acting, 8);
}

LLVMValueRef BurstWriter::selector_hash(const p4_ir::Table& table) {
  std::vector<const p4_ir::Expression*> values;
  for (const p4_ir::TableKey& key : table.keys) {
    if (key.kind == p4_ir::MatchKind::Selector) {
      values.push_back(key.value);
    }
  }
  const BurstHash hash = hash_of_instance(program_, *table.implementation);
  return hash == BurstHash::None ? number(64, 0) : hash_of(hash, values);
}

// What a hit does to the table's counters and meters by itself, and what calls of them go by.
void BurstWriter::work_on_direct(const p4_ir::ApplyTable& statement, LLVMValueRef entry, LLVMValueRef is_hit) {
  const LLVMValueRef own = load(int_type(32), at_offset(entry, offsetof(pipeline::Entry, handle)), 4);
  const LLVMValueRef handle = LLVMBuildSelect(builder_, is_hit, own, number(32, pipeline::no_handle), "");
  const p4_ir::Table& table = program_.at(statement.table);
  if (!shape_.counts_every_hit) {
    return store(LLVMBuildNot(builder_, handle, ""), handle_place(statement.table), 4);
  }
  for (const p4_ir::ExternId id : table.direct_externs) {
    if (is_direct_counter(program_, id)) {
      add_count(id, resized(handle, 64), counted_bytes());
    } else if (is_direct_meter(program_, id)) {
      const LLVMBasicBlockRef hits = new_block();
      const LLVMBasicBlockRef after = new_block();
      store(number(32, 0), color_place(id), 4);
      branch(is_hit, hits, after);
      continue_in(hits);
      wait_for_turn(statement);
      const LLVMValueRef color = execute_meter(id, resized(handle, 64), counted_bytes(), number(32, 0));
      store(LLVMBuildAdd(builder_, color, number(32, 1), ""), color_place(id), 4);
      go_to(after);
      continue_in(after);
    }
  }
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

}  // namespace outrigger::p4_native
