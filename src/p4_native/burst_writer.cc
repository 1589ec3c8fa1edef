// BurstWriter: the coroutine, and the architecture around the blocks.
#include "p4_native/burst_writer.h"

#include <algorithm>

#include "base/check.h"
#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::VariableId;

BurstWriter::BurstWriter(const p4_ir::Program& program, const BurstShape& shape, StateLayout& layout, CallSites& sites,
                         LLVMModuleRef module)
    : ModuleWriter(program, layout, sites, module),
      shape_(shape),
      flow_(program, shape),
      places_{.tables = static_cast<uint32_t>(program.tables.size()),
              .externs = static_cast<uint32_t>(program.externs.size())},
      key_bytes_(program.tables.size()),
      is_changed_(find_changed_variables(program, shape)) {
  find_late_fields();
}

Result<> BurstWriter::write() {
  declare_run_time();
  write_start();
  if (refused_.has_value()) {
    return std::unexpected(*refused_);
  }
  return {};
}

// Of large programs there is one version only: LLVM takes its time for each.
bool BurstWriter::wants_accepting() const noexcept {
  return rejects_ && !parser_calls_ && nodes_ <= accepting_nodes_max;
}

Result<> BurstWriter::write_accepting(BurstWriter& general) {
  const auto name = [](LLVMValueRef function, std::string_view text) {
    LLVMSetValueName2(function, text.data(), text.size());
  };
  name(general.start_, "burst_start_general");
  LLVMSetLinkage(general.start_, LLVMInternalLinkage);
  add_attribute(general.start_, "noinline");
  general_ = general.start_;
  write_start();
  if (refused_.has_value()) {
    return std::unexpected(*refused_);
  }
  return {};
}

void BurstWriter::add_attribute(LLVMValueRef function, std::string_view name) {
  const unsigned kind = LLVMGetEnumAttributeKindForName(name.data(), name.size());
  LLVMAddAttributeAtIndex(function, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex),
                          LLVMCreateEnumAttribute(context_, kind, 0));
}

LLVMValueRef BurstWriter::coroutine_intrinsic(const char* name, std::vector<LLVMTypeRef> types,
                                              std::vector<LLVMValueRef> arguments) {
  const unsigned id = LLVMLookupIntrinsicID(name, std::string_view(name).size());
  return call(LLVMGetIntrinsicDeclaration(module_, id, types.data(), types.size()), std::move(arguments));
}

// An alloca that holds zero when the coroutine begins.
LLVMValueRef BurstWriter::zeroed_alloca(LLVMTypeRef type) {
  const LLVMValueRef made = entry_alloca(type);
  const LLVMBasicBlockRef here = LLVMGetInsertBlock(builder_);
  LLVMPositionBuilderBefore(builder_, LLVMGetBasicBlockTerminator(zeroes_));
  store(LLVMConstNull(type), made, 8);
  continue_in(here);
  return made;
}

LLVMValueRef BurstWriter::pointer_of(VariableId variable) {
  const auto [found, is_new] = variables_.try_emplace(variable);
  if (is_new) {
    found->second = zeroed_alloca(memory_type(program_.at(variable).width));
  }
  return found->second;
}

LLVMValueRef BurstWriter::context_slot(size_t offset) {
  const auto [found, is_new] = slots_.try_emplace(offset);
  if (is_new) {
    found->second = zeroed_alloca(offset == offsetof(Context, packet) ? pointer_type_ : int_type(64));
  }
  return found->second;
}

void BurstWriter::call_procedure(p4_ir::ProcedureId procedure) {
  const Targets outer = targets_;
  const LLVMBasicBlockRef after = new_block();
  targets_.returns = after;
  targets_.breaks = nullptr;
  targets_.continues = nullptr;
  ModuleWriter::write(program_.at(procedure).body);
  if (!has_ended()) {
    go_to(after);
  }
  targets_ = outer;
  continue_in(after);
}

void BurstWriter::call_parser(p4_ir::ParserId parser) {
  const Targets outer = targets_;
  const LLVMBasicBlockRef after = new_block();
  targets_.returns = after;
  targets_.breaks = nullptr;
  targets_.continues = nullptr;
  ++depth_;
  if (count_node()) {
    write_states(program_.at(parser));
  }
  --depth_;
  if (!has_ended()) {
    go_to(after);
  }
  targets_ = outer;
  continue_in(after);
}

void BurstWriter::begin_coroutine(LLVMValueRef memory) {
  const LLVMValueRef null = LLVMConstNull(pointer_type_);
  const LLVMValueRef id = coroutine_intrinsic("llvm.coro.id", {}, {number(32, 0), found_, null, null});
  const LLVMValueRef size = coroutine_intrinsic("llvm.coro.size", {int_type(64)}, {});
  const LLVMBasicBlockRef measures = new_block();
  const LLVMBasicBlockRef begins = new_block();
  branch(LLVMBuildICmp(builder_, LLVMIntEQ, memory, null, ""), measures, begins);
  continue_in(measures);
  store(size, at_offset(burst_, offsetof(BurstContext, frame_bytes)), 8);
  LLVMBuildRetVoid(builder_);
  continue_in(begins);
  handle_ = coroutine_intrinsic("llvm.coro.begin", {}, {id, memory});
  zeroes_ = new_block();
  go_to(zeroes_);
  const LLVMBasicBlockRef body = new_block();
  continue_in(zeroes_);
  go_to(body);
  stop_ = new_block();
  continue_in(stop_);
  const LLVMValueRef no_token = LLVMConstNull(LLVMTokenTypeInContext(context_));
  coroutine_intrinsic("llvm.coro.end", {}, {handle_, number(1, 0), no_token});
  LLVMBuildRetVoid(builder_);
  continue_in(body);
}

// The verdict is written, and the packet's coroutine ends.
void BurstWriter::leave(Verdict verdict) {
  store(number(32, static_cast<uint32_t>(verdict)), at_offset(packet_, offsetof(BurstPacket, verdict)), 4);
  go_to(stop_);
}

void BurstWriter::go_slow() {
  go_to(slow_);
  continue_in(new_block());  // what cannot be reached
}

void BurstWriter::slow_if(LLVMValueRef condition) {
  const LLVMBasicBlockRef goes_on = new_block();
  branch(condition, slow_, goes_on);
  continue_in(goes_on);
}

// Where packets must not turn slow later, they do when they set what the architecture would have to see.
void BurstWriter::write_assign(const p4_ir::Assign& statement) {
  const LLVMValueRef from = value(*statement.value);
  const auto last = last_step_slow_when_set(shape_, statement.variable);
  if (flow_.order().is_ordered && !assigns_zero(statement) && last.has_value() && step_ <= *last) {
    slow_if(LLVMBuildICmp(builder_, LLVMIntNE, from, number(statement.value->width, 0), ""));
  }
  store_variable(statement.variable, from);
}

// The packet has room for all headers that the program may add, and is not too long to be parsed again with them.
void BurstWriter::check_headroom() {
  if (const uint64_t longer = flow_.longer_between_bytes(); longer > 0 && shape_.packet_bytes_max != UINT32_MAX) {
    const uint64_t most = shape_.packet_bytes_max - std::min<uint64_t>(longer, shape_.packet_bytes_max);
    const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
    slow_if(LLVMBuildICmp(builder_, LLVMIntUGT, resized(bytes, 64), number(64, most), ""));
  }
  if (const uint64_t growth = flow_.growth_bytes(); flow_.order().is_ordered && growth > 0) {
    const LLVMValueRef headroom = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, headroom)), 4);
    slow_if(LLVMBuildICmp(builder_, LLVMIntULT, resized(headroom, 64), number(64, growth), ""));
  }
}

// What parsers read.
void BurstWriter::set_packet() {
  const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  const LLVMValueRef bits = LLVMBuildShl(builder_, resized(bytes, 64), number(64, 3), "");
  store_context(offsetof(Context, packet_bits), bits, 64);
  const LLVMValueRef data = load(pointer_type_, at_offset(packet_, offsetof(BurstPacket, data)), 8);
  store(data, context_slot(offsetof(Context, packet)), 8);
}

void BurstWriter::set_inputs() {
  set_packet();
  const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  if (shape_.ingress_port.has_value()) {
    const LLVMValueRef port = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, port)), 4);
    store_variable(*shape_.ingress_port, resized(port, program_.at(*shape_.ingress_port).width));
  }
  if (shape_.packet_length.has_value()) {
    store_variable(*shape_.packet_length, resized(bytes, program_.at(*shape_.packet_length).width));
  }
  if (shape_.port_class.has_value()) {
    set_port_class();
  }
  set_timestamps(shape_.timestamps);
}

void BurstWriter::set_port_class() {
  const auto& [variable, otherwise] = *shape_.port_class;
  const LLVMBasicBlockRef is_there = new_block();
  const LLVMBasicBlockRef after = new_block();
  LLVMValueRef port = resized(load(int_type(32), at_offset(packet_, offsetof(BurstPacket, port)), 4), 64);
  const LLVMValueRef ports = load(int_type(64), at_offset(burst_, offsetof(BurstContext, ports)), 8);
  branch(LLVMBuildICmp(builder_, LLVMIntULT, port, ports, ""), is_there, after);
  continue_in(is_there);
  const LLVMValueRef cells = load(pointer_type_, at_offset(burst_, offsetof(BurstContext, port_cells)), 8);
  const LLVMValueRef cell = load(int_type(64), LLVMBuildGEP2(builder_, int_type(64), cells, &port, 1, ""), 8);
  LLVMSetOrdering(cell, LLVMAtomicOrderingMonotonic);  // the control plane may write it
  const LLVMValueRef is_zero = LLVMBuildICmp(builder_, LLVMIntEQ, cell, number(64, 0), "");
  const LLVMValueRef zero = number(program_.at(variable).width, 0);
  store_variable(variable, LLVMBuildSelect(builder_, is_zero, zero, number(otherwise), ""));
  go_to(after);
  continue_in(after);
}

void BurstWriter::set_timestamps(std::span<const VariableId> variables) {
  for (const VariableId variable : variables) {
    const LLVMValueRef now = load(int_type(64), at_offset(burst_, offsetof(BurstContext, timestamp)), 8);
    store_variable(variable, resized(now, program_.at(variable).width));
  }
}

void BurstWriter::write_start() {
  std::vector<LLVMTypeRef> parameters(3, pointer_type_);
  function_ = LLVMAddFunction(module_, "burst_start",
                              LLVMFunctionType(LLVMVoidTypeInContext(context_), parameters.data(), 3, 0));
  start_ = function_;
  add_attribute(start_, "presplitcoroutine");
  add_attribute(start_, "nounwind");
  burst_ = LLVMGetParam(function_, 0);
  packet_ = LLVMGetParam(function_, 1);
  state_ = burst_;
  entry_ = new_block();
  const LLVMBasicBlockRef first = new_block();
  continue_in(entry_);
  go_to(first);
  continue_in(first);
  found_ = entry_alloca(pointer_type_);
  begin_coroutine(LLVMGetParam(function_, 2));
  const LLVMBasicBlockRef body = LLVMGetInsertBlock(builder_);
  targets_ = {};
  drop_ = new_block();
  continue_in(body);
  begin_slow_block();
  set_inputs();
  check_headroom();
  for (step_ = 0; step_ < shape_.steps.size(); ++step_) {
    write_step(shape_.steps[step_]);
  }
  end_if_again();
  const LLVMValueRef port = port_ == nullptr ? load_variable(shape_.egress_port) : load(int_type(32), port_, 4);
  store(resized(port, 32), at_offset(packet_, offsetof(BurstPacket, port)), 4);
  count_now();
  leave(Verdict::Forward);
  continue_in(drop_);
  count_now();
  leave(Verdict::Drop);
}

// Where packets go that the parser rejects. Nothing has happened to them, unless it calls externs.
LLVMBasicBlockRef BurstWriter::reject_block(const BurstStep& step, LLVMBasicBlockRef after) {
  if (step.drops_rejected || !step.block->parser.has_value()) {
    return step.drops_rejected ? drop_ : after;
  }
  rejects_ |= step_ == 0;
  if (general_ == nullptr || step_ != 0) {
    return after;
  }
  const LLVMBasicBlockRef here = LLVMGetInsertBlock(builder_);
  const LLVMBasicBlockRef begins_anew = new_block();
  continue_in(begins_anew);
  call(general_, {burst_, packet_, LLVMGetParam(start_, 2)});
  go_to(stop_);
  continue_in(here);
  return begins_anew;
}

// Packets turn slow here from now on, as they came in.
void BurstWriter::begin_slow_block() {
  const LLVMBasicBlockRef here = LLVMGetInsertBlock(builder_);
  slow_ = new_block();
  continue_in(slow_);
  restore_packet();
  leave(Verdict::Slow);
  continue_in(here);
  // A packet that has worked on registers and takes too many turns is dropped, as an engine does.
  targets_.exhausts = flow_.order().is_ordered ? drop_ : slow_;
}

bool BurstWriter::is_deparser(const BurstStep& step) const {
  return step.parses_again || &step == &shape_.steps.back();
}

void BurstWriter::write_step(const BurstStep& step) {
  block_ = step.block;
  store_variable(program_.exited, number(1, 0));
  const LLVMBasicBlockRef after = new_block();
  targets_.returns = after;
  targets_.rejects = reject_block(step, after);
  if (step.block->parser.has_value()) {
    store_variable(program_.parser_error, number(p4_ir::Program::error_width, 0));
    write_states(program_.at(*step.block->parser));
  } else if (is_deparser(step)) {
    write_deparser(program_.at(*step.block->procedure));
  } else {
    ModuleWriter::write(program_.at(*step.block->procedure).body);
  }
  if (!has_ended()) {
    go_to(after);
  }
  continue_in(after);
  write_after(step);
}

void BurstWriter::slow_when(const BurstStep& step) {
  check(!step.parses_again || step.slow_when_set.empty(), "a packet that is parsed again is written by then");
  const bool is_ordered = flow_.order().is_ordered;
  if (is_ordered && step.block->parser.has_value() && flow_.graph().may_leave_bytes) {
    const LLVMValueRef cursor = load_context(offsetof(Context, cursor), 64);
    const LLVMValueRef in_byte = LLVMBuildAnd(builder_, cursor, number(64, 7), "");
    slow_if(LLVMBuildICmp(builder_, LLVMIntNE, in_byte, number(64, 0), ""));
  }
  for (const VariableId variable : step.slow_when_set) {
    if (!is_ordered || flow_.graph().set_otherwise.contains(variable)) {
      const LLVMValueRef zero = number(program_.at(variable).width, 0);
      slow_if(LLVMBuildICmp(builder_, LLVMIntNE, load_variable(variable), zero, ""));
    }
  }
}

void BurstWriter::drop_when(const BurstStep& step) {
  const auto drop_if = [&](LLVMValueRef condition) {
    const LLVMBasicBlockRef goes_on = new_block();
    branch(condition, drop_, goes_on);
    continue_in(goes_on);
  };
  const auto is_value = [&](const std::pair<VariableId, p4_ir::Bits>& of) {
    return LLVMBuildICmp(builder_, LLVMIntEQ, load_variable(of.first), number(of.second), "");
  };
  if (step.drops_when.has_value()) {
    drop_if(is_value(*step.drops_when));
  }
  if (step.drops_unsent) {
    const LLVMValueRef is_sent = load(int_type(8), sent_place(), 1);
    drop_if(LLVMBuildICmp(builder_, LLVMIntEQ, is_sent, number(8, 0), ""));
  }
}

// One that goes alone may have touched registers: it must come to its end.
void BurstWriter::slow_if_again(VariableId port) {
  const LLVMValueRef to = resized(load_variable(port), 32);
  LLVMValueRef turns = LLVMBuildICmp(builder_, LLVMIntEQ, to, number(32, *shape_.again_port), "");
  if (is_alone_ != nullptr) {
    const LLVMValueRef is_alone = load(int_type(8), is_alone_, 1);
    turns = LLVMBuildAnd(builder_, turns, LLVMBuildICmp(builder_, LLVMIntEQ, is_alone, number(8, 0), ""), "");
  }
  slow_if(turns);
}

// The packet is ready to leave. Its values lie in the scratch memory, which nobody uses before the caller has read
// them.
void BurstWriter::end_if_again() {
  if (!flow_.graph().sets_again_port || is_alone_ == nullptr || port_ == nullptr) {
    return;
  }
  const LLVMBasicBlockRef again = new_block();
  const LLVMBasicBlockRef after = new_block();
  const LLVMValueRef port = load(int_type(32), port_, 4);
  branch(LLVMBuildICmp(builder_, LLVMIntEQ, port, number(32, *shape_.again_port), ""), again, after);
  continue_in(again);
  uint64_t offset = 0;
  for (const VariableId variable : shape_.again_values) {
    const uint64_t bytes = again_value_bytes(program_.at(variable).width);
    store(resized(load_variable(variable), static_cast<uint32_t>(bytes * 8)), scratch(offset, bytes), 8);
    offset += bytes;
  }
  count_now();
  leave(Verdict::Again);
  continue_in(after);
}

void BurstWriter::write_after(const BurstStep& step) {
  slow_when(step);
  drop_when(step);
  if (step.port_from.has_value()) {
    if (flow_.graph().sets_again_port) {
      slow_if_again(*step.port_from);
    }
    store(resized(load_variable(*step.port_from), 32), port_place(), 4);
  }
  if (step.marks_length) {
    marked_length_ = zeroed_alloca(int_type(32));
    store(valid_bytes(), marked_length_, 4);
  }
  if (step.moves_length && shape_.packet_length.has_value() && marked_length_ != nullptr) {
    move_length();
  }
  write_values(step);
}

// When the packet is parsed again, all variables and what else goes with the parsed packet are new ones.
void BurstWriter::write_values(const BurstStep& step) {
  std::vector<LLVMValueRef> copied;
  for (const auto& [to, from] : step.copies) {
    copied.push_back(resized(load_variable(from), program_.at(to).width));
    if (!step.parses_again) {
      store_variable(to, copied.back());
    }
  }
  if (step.parses_again) {
    variables_.clear();
    slots_.clear();
    homes_.clear();
    sums_.clear();
    set_packet();
    begin_slow_block();
    for (size_t i = 0; i < copied.size(); ++i) {
      store_variable(step.copies[i].first, copied[i]);
    }
  }
  for (const auto& [variable, set_to] : step.sets) {
    store_variable(variable, number(set_to));
  }
  set_timestamps(step.timestamps);
}

LLVMValueRef BurstWriter::port_place() {
  port_ = port_ == nullptr ? zeroed_alloca(int_type(32)) : port_;
  return port_;
}

LLVMValueRef BurstWriter::sent_place() {
  is_sent_ = is_sent_ == nullptr ? zeroed_alloca(int_type(8)) : is_sent_;
  return is_sent_;
}

// Bytes of the shape's headers that are valid; their varbits are empty.
LLVMValueRef BurstWriter::valid_bytes() {
  LLVMValueRef bits = number(32, 0);
  for (const p4_ir::HeaderId id : shape_.headers) {
    const p4_ir::Header& header = program_.at(id);
    const LLVMValueRef more =
        LLVMBuildSelect(builder_, load_variable(header.valid), number(32, header.width_fixed), number(32, 0), "");
    bits = LLVMBuildAdd(builder_, bits, more, "");
  }
  return LLVMBuildLShr(builder_, bits, number(32, 3), "");
}

// What came in, with the headers that are there now instead of those that were marked.
void BurstWriter::move_length() {
  const LLVMValueRef bytes = load(int_type(32), at_offset(packet_, offsetof(BurstPacket, bytes)), 4);
  const LLVMValueRef marked = load(int_type(32), marked_length_, 4);
  const LLVMValueRef before = intrinsic("llvm.umin", int_type(32), {marked, bytes});
  const LLVMValueRef length = LLVMBuildSub(builder_, LLVMBuildAdd(builder_, bytes, valid_bytes(), ""), before, "");
  store_variable(*shape_.packet_length, resized(length, program_.at(*shape_.packet_length).width));
}

}  // namespace outrigger::p4_native
