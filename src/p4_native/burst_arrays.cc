// BurstWriter: counters, meters and registers. Where their cells lie is in the context.
#include <algorithm>

#include "p4_native/burst_writer.h"
#include "p4_native/limits.h"
#include "pipeline/counter_array.h"

namespace outrigger::p4_native {

using p4_ir::CallExtern;
using p4_ir::ExternArgument;
using p4_ir::ExternId;

namespace {

// One count that waits for the packet's end: the cell, and bytes.
constexpr uint64_t count_stride = 16;

}  // namespace

void BurstWriter::need(BurstNeed::Kind kind, ExternId id) {
  const bool is_known =
      std::any_of(needs_.begin(), needs_.end(), [&](const BurstNeed& one) { return one.id == id && one.kind == kind; });
  if (!is_known) {
    BurstNeed& made = needs_.emplace_back(BurstNeed{.kind = kind, .id = id});
    if (kind == BurstNeed::Kind::Register) {
      const auto& widths = program_.at(id).type_argument_widths;
      const auto bits = flow_.graph().register_bits.find(id);
      const uint32_t used = bits == flow_.graph().register_bits.end() ? 1 : bits->second;
      made.words = (std::max({used, widths.empty() ? 0 : widths.front(), 1U}) + 63) / 64;
    }
  }
}

LLVMValueRef BurstWriter::array_cells(ExternId id, BurstNeed::Kind kind) {
  need(kind, id);
  return load(pointer_type_, at_offset(burst_, places_.array(index_of(id)) + offsetof(BurstArray, cells)), 8);
}

LLVMValueRef BurstWriter::is_in_array(ExternId id, LLVMValueRef index) {
  const LLVMValueRef size =
      load(int_type(64), at_offset(burst_, places_.array(index_of(id)) + offsetof(BurstArray, size)), 8);
  return LLVMBuildICmp(builder_, LLVMIntULT, index, size, "");
}

// Of the packet as it came in, in 64 bits.
LLVMValueRef BurstWriter::counted_bytes() {
  return LLVMBuildLShr(builder_, load_context(offsetof(Context, packet_bits), 64), number(64, 3), "");
}

LLVMValueRef BurstWriter::handle_place(p4_ir::TableId table) {
  const auto [found, is_new] = handles_.try_emplace(table);
  if (is_new) {
    found->second = zeroed_alloca(int_type(32));
  }
  return found->second;
}

// The entry that the table which owns a direct counter or meter found last; beyond all cells when there is none.
LLVMValueRef BurstWriter::direct_index(ExternId id) {
  for (size_t i = 0; i < program_.tables.size(); ++i) {
    const auto& owned = program_.tables[i].direct_externs;
    if (std::find(owned.begin(), owned.end(), id) != owned.end()) {
      const LLVMValueRef handle = load(int_type(32), handle_place(static_cast<p4_ir::TableId>(i)), 4);
      return resized(LLVMBuildNot(builder_, handle, ""), 64);
    }
  }
  return number(64, pipeline::no_handle);
}

void BurstWriter::write_count(const CallExtern& statement, const BurstExtern& known) {
  const LLVMValueRef index =
      known.index == BurstExtern::absent ? direct_index(statement.instance) : scalar(statement, known.index);
  const LLVMValueRef bytes = known.bytes == BurstExtern::absent ? counted_bytes() : scalar(statement, known.bytes);
  add_count(statement.instance, index, bytes);
}

// For the packet's end: it may turn slow before. An index beyond the size is overwritten by what counts next.
void BurstWriter::add_count(ExternId id, LLVMValueRef index, LLVMValueRef bytes) {
  const BurstGraph& graph = flow_.graph();
  const bool may_be_many = graph.counts_in_circles || graph.counts > counts_max || !graph.is_whole;
  const uint32_t most = may_be_many ? counts_max : graph.counts;
  if (counts_ == nullptr) {
    counts_ = entry_alloca(LLVMArrayType2(int_type(8), uint64_t{most} * count_stride));
    counts_used_ = zeroed_alloca(int_type(64));
  }
  const LLVMValueRef used = load(int_type(64), counts_used_, 8);
  if (may_be_many) {
    slow_if(LLVMBuildICmp(builder_, LLVMIntUGE, used, number(64, most), ""));
  }
  LLVMValueRef offset = LLVMBuildMul(builder_, index, number(64, sizeof(pipeline::CounterArray::Cell)), "");
  const LLVMValueRef cells = array_cells(id, BurstNeed::Kind::Counter);
  const LLVMValueRef cell = LLVMBuildGEP2(builder_, int_type(8), cells, &offset, 1, "");
  LLVMValueRef place_offset = LLVMBuildMul(builder_, used, number(64, count_stride), "");
  const LLVMValueRef place = LLVMBuildInBoundsGEP2(builder_, int_type(8), counts_, &place_offset, 1, "");
  store(cell, place, 8);
  store(bytes, at_offset(place, 8), 8);
  const LLVMValueRef more = resized(is_in_array(id, index), 64);
  store(LLVMBuildAdd(builder_, used, more, ""), counts_used_, 8);
}

// for (i = 0; i < counts_used; ++i) { counts[i].cell->packets += 1; counts[i].cell->bytes += counts[i].bytes; }
void BurstWriter::count_now() {
  if (counts_ == nullptr) {
    return;
  }
  const LLVMBasicBlockRef before = LLVMGetInsertBlock(builder_);
  const LLVMBasicBlockRef head = new_block();
  const LLVMBasicBlockRef body = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef used = load(int_type(64), counts_used_, 8);
  go_to(head);
  continue_in(head);
  const LLVMValueRef i = LLVMBuildPhi(builder_, int_type(64), "");
  branch(LLVMBuildICmp(builder_, LLVMIntULT, i, used, ""), body, after);
  continue_in(body);
  LLVMValueRef offset = LLVMBuildMul(builder_, i, number(64, count_stride), "");
  const LLVMValueRef place = LLVMBuildInBoundsGEP2(builder_, int_type(8), counts_, &offset, 1, "");
  const LLVMValueRef cell = load(pointer_type_, place, 8);
  const auto add = [&](size_t field, LLVMValueRef by) {
    // Others read the cell meanwhile; nobody else writes it.
    const LLVMValueRef at = at_offset(cell, field);
    const LLVMValueRef now = load(int_type(64), at, 8);
    LLVMSetOrdering(now, LLVMAtomicOrderingMonotonic);
    const LLVMValueRef stored = LLVMBuildStore(builder_, LLVMBuildAdd(builder_, now, by, ""), at);
    LLVMSetAlignment(stored, 8);
    LLVMSetOrdering(stored, LLVMAtomicOrderingMonotonic);
  };
  add(offsetof(pipeline::CounterArray::Cell, packets), number(64, 1));
  add(offsetof(pipeline::CounterArray::Cell, bytes), load(int_type(64), at_offset(place, 8), 8));
  LLVMValueRef values[] = {number(64, 0), LLVMBuildAdd(builder_, i, number(64, 1), "")};
  LLVMBasicBlockRef blocks[] = {before, body};
  LLVMAddIncoming(i, values, blocks, 2);
  go_to(head);
  continue_in(after);
}

// A packet that must go one by one from here on waits for its turn.
void BurstWriter::wait_for_turn(const p4_ir::Statement& statement) {
  if (!flow_.waits(statement)) {
    return;
  }
  if (is_alone_ == nullptr) {
    is_alone_ = zeroed_alloca(int_type(8));
  }
  const LLVMBasicBlockRef waits = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef is_alone = load(int_type(8), is_alone_, 1);
  branch(LLVMBuildICmp(builder_, LLVMIntEQ, is_alone, number(8, 0), ""), waits, after);
  continue_in(waits);
  const uint64_t list = places_.one_by_one();
  wait_on(list, waiting_count(list));
  const LLVMValueRef found = load(pointer_type_, found_, 8);
  slow_if(LLVMBuildICmp(builder_, LLVMIntNE, found, LLVMConstNull(pointer_type_), ""));  // behind a slow packet
  store(number(8, 1), is_alone_, 1);
  go_to(after);
  continue_in(after);
}

LLVMValueRef BurstWriter::execute_meter(ExternId id, LLVMValueRef index, LLVMValueRef bytes, LLVMValueRef before) {
  const LLVMValueRef meters = array_cells(id, BurstNeed::Kind::Meter);
  const LLVMValueRef now = load(int_type(64), at_offset(burst_, offsetof(BurstContext, now_ns)), 8);
  return call_run_time("p4_burst_meter", int_type(32), {meters, index, bytes, now, before});
}

// The architecture's number of a colour of `pipeline`.
LLVMValueRef BurstWriter::color_number(LLVMValueRef color) {
  LLVMValueRef result = number(64, shape_.colors[0]);
  for (uint32_t i = 1; i < shape_.colors.size(); ++i) {
    const LLVMValueRef is_this = LLVMBuildICmp(builder_, LLVMIntEQ, color, number(32, i), "");
    result = LLVMBuildSelect(builder_, is_this, number(64, shape_.colors[i]), result, "");
  }
  return result;
}

LLVMValueRef BurstWriter::color_place(ExternId id) {
  const auto [found, is_new] = colors_.try_emplace(id);
  if (is_new) {
    found->second = zeroed_alloca(int_type(32));
  }
  return found->second;
}

void BurstWriter::write_meter(const CallExtern& statement, const BurstExtern& known) {
  const LLVMValueRef index =
      known.index == BurstExtern::absent ? direct_index(statement.instance) : scalar(statement, known.index);
  const LLVMValueRef bytes = known.bytes == BurstExtern::absent ? counted_bytes() : scalar(statement, known.bytes);
  LLVMValueRef before = number(32, 0);
  if (known.color != BurstExtern::absent) {
    const LLVMValueRef given = scalar(statement, known.color);
    for (uint32_t i = 0; i < shape_.colors.size(); ++i) {
      const LLVMValueRef is_this = LLVMBuildICmp(builder_, LLVMIntEQ, given, number(64, shape_.colors[i]), "");
      before = LLVMBuildSelect(builder_, is_this, number(32, i), before, "");
    }
  }
  wait_for_turn(statement);
  give(statement, known.result, color_number(execute_meter(statement.instance, index, bytes, before)));
}

LLVMValueRef BurstWriter::register_cell(ExternId id, LLVMValueRef index) {
  const LLVMValueRef cells = array_cells(id, BurstNeed::Kind::Register);
  const auto found = std::find_if(needs_.begin(), needs_.end(), [&](const BurstNeed& one) { return one.id == id; });
  LLVMValueRef offset = LLVMBuildMul(builder_, index, number(64, uint64_t{found->words} * sizeof(uint64_t)), "");
  return LLVMBuildGEP2(builder_, int_type(8), cells, &offset, 1, "");
}

// A struct is its fields, the first one uppermost; what lies beyond the array reads as 0.
void BurstWriter::read_register(const CallExtern& statement, const BurstExtern& known) {
  const LLVMValueRef index = scalar(statement, known.index);
  wait_for_turn(statement);
  const auto& parts = argument_or_result(statement, known.result).parts;
  for (const ExternArgument::Part& of : parts) {
    store_variable(of.variable, number(program_.at(of.variable).width, 0));
  }
  const uint32_t bits = register_call_bits(statement, known);
  const LLVMBasicBlockRef is_there = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef cell = register_cell(statement.instance, index);
  branch(is_in_array(statement.instance, index), is_there, after);
  continue_in(is_there);
  const uint32_t words = (bits + 63) / 64;
  LLVMValueRef all = number(std::max(words, 1U) * 64, 0);
  for (uint32_t word = 0; word < words; ++word) {
    const LLVMValueRef loaded = load(int_type(64), at_offset(cell, uint64_t{word} * 8), 8);
    LLVMSetOrdering(loaded, LLVMAtomicOrderingMonotonic);
    const LLVMValueRef place = number(words * 64, uint64_t{word} * 64);
    all = LLVMBuildOr(builder_, all, LLVMBuildShl(builder_, resized(loaded, words * 64), place, ""), "");
  }
  uint32_t low = 0;
  for (size_t i = parts.size(); i-- > 0; low += parts[i].width) {
    const LLVMValueRef shifted = LLVMBuildLShr(builder_, all, LLVMConstInt(LLVMTypeOf(all), low, 0), "");
    store_variable(parts[i].variable, resized(resized(shifted, parts[i].width), program_.at(parts[i].variable).width));
  }
  go_to(after);
  continue_in(after);
}

void BurstWriter::write_register(const CallExtern& statement, const BurstExtern& known) {
  const LLVMValueRef index = scalar(statement, known.index);
  const auto& parts = statement.arguments[static_cast<size_t>(known.value)].parts;
  const LLVMValueRef cell = register_cell(statement.instance, index);
  const auto found =
      std::find_if(needs_.begin(), needs_.end(), [&](const BurstNeed& one) { return one.id == statement.instance; });
  const uint32_t words = found->words;
  LLVMValueRef all = number(words * 64, 0);
  for (const ExternArgument::Part& of : parts) {
    all = LLVMBuildShl(builder_, all, number(words * 64, of.width % (words * 64)), "");
    all = LLVMBuildOr(builder_, all, resized(resized(value(*of.value), of.width), words * 64), "");
  }
  wait_for_turn(statement);
  const LLVMBasicBlockRef is_there = new_block();
  const LLVMBasicBlockRef after = new_block();
  branch(is_in_array(statement.instance, index), is_there, after);
  continue_in(is_there);
  for (uint32_t word = 0; word < words; ++word) {
    const LLVMValueRef shifted = LLVMBuildLShr(builder_, all, number(words * 64, uint64_t{word} * 64), "");
    const LLVMValueRef stored = LLVMBuildStore(builder_, resized(shifted, 64), at_offset(cell, uint64_t{word} * 8));
    LLVMSetAlignment(stored, 8);
    LLVMSetOrdering(stored, LLVMAtomicOrderingMonotonic);
  }
  go_to(after);
  continue_in(after);
}

}  // namespace outrigger::p4_native
