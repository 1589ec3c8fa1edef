// BurstWriter: the functions that a driver calls: loops over packets, with the coroutine inside them. LLVM knows a
// coroutine's second half only after it has split it; until then a function of our own stands for it in the loop.
#include "p4_native/burst_loops.h"

#include <algorithm>
#include <string_view>

#include "p4_native/burst_writer.h"

namespace outrigger::p4_native {
namespace {

constexpr const char* stands_for_resume = "burst_resume_one";
constexpr uint64_t packets_ahead = BurstContext::packets_ahead;

void mark(LLVMValueRef function, LLVMAttributeIndex index, std::string_view name) {
  const unsigned kind = LLVMGetEnumAttributeKindForName(name.data(), name.size());
  LLVMAddAttributeAtIndex(function, index, LLVMCreateEnumAttribute(LLVMGetTypeContext(LLVMTypeOf(function)), kind, 0));
}

bool is_marked(LLVMValueRef function, std::string_view name) {
  const unsigned kind = LLVMGetEnumAttributeKindForName(name.data(), name.size());
  return LLVMGetEnumAttributeAtIndex(function, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex), kind) !=
         nullptr;
}

}  // namespace

void BurstWriter::write_loops(const BurstWriter* general) {
  LLVMSetLinkage(start_, LLVMInternalLinkage);
  add_attribute(start_, "alwaysinline");
  write_measure(general);
  write_begin();
  write_resume(general != nullptr);
}

void BurstWriter::begin_loop_function(const char* name, LLVMTypeRef result, std::vector<LLVMTypeRef> parameters) {
  function_ = LLVMAddFunction(module_, name,
                              LLVMFunctionType(result, parameters.data(), static_cast<unsigned>(parameters.size()), 0));
  add_attribute(function_, "nounwind");
  for (unsigned i = 0; i < parameters.size(); ++i) {
    if (parameters[i] == pointer_type_) {
      mark(function_, i + 1, "nonnull");
    }
  }
  burst_ = LLVMGetParam(function_, 0);
  continue_in(new_block());
}

// Leaves in the context how large the larger frame is.
void BurstWriter::write_measure(const BurstWriter* general) {
  begin_loop_function("burst_measure", LLVMVoidTypeInContext(context_), {pointer_type_});
  const LLVMValueRef null = LLVMConstNull(pointer_type_);
  const LLVMValueRef place = at_offset(burst_, offsetof(BurstContext, frame_bytes));
  call(start_, {burst_, null, null});
  if (general != nullptr) {
    const LLVMValueRef own = load(int_type(64), place, 8);
    call(general->start_, {burst_, null, null});
    store(intrinsic("llvm.umax", int_type(64), {own, load(int_type(64), place, 8)}), place, 8);
  }
  LLVMBuildRetVoid(builder_);
}

// for (i = 0; i < count; ++i) …
BurstWriter::Loop BurstWriter::begin_loop(LLVMValueRef count) {
  Loop loop{.before = LLVMGetInsertBlock(builder_), .head = new_block(), .end = new_block()};
  const LLVMBasicBlockRef body = new_block();
  go_to(loop.head);
  continue_in(loop.head);
  loop.i = LLVMBuildPhi(builder_, int_type(64), "");
  branch(LLVMBuildICmp(builder_, LLVMIntULT, loop.i, count, ""), body, loop.end);
  continue_in(body);
  return loop;
}

void BurstWriter::end_loop(const Loop& loop) {
  LLVMValueRef values[] = {number(64, 0), LLVMBuildAdd(builder_, loop.i, number(64, 1), "")};
  LLVMBasicBlockRef blocks[] = {loop.before, LLVMGetInsertBlock(builder_)};
  LLVMAddIncoming(loop.i, values, blocks, 2);
  go_to(loop.head);
  continue_in(loop.end);
}

void BurstWriter::fetch(LLVMValueRef pointer, bool is_written) {
  intrinsic("llvm.prefetch", pointer_type_, {pointer, number(32, is_written ? 1 : 0), number(32, 3), number(32, 1)});
}

// The memory before a packet, where headers that are added will be written.
void BurstWriter::fetch_growth(LLVMValueRef packet) {
  constexpr uint64_t line_bytes = 64;
  constexpr uint64_t lines_max = 2;
  const uint64_t lines = std::min((flow_.growth_bytes() + line_bytes - 1) / line_bytes, lines_max);
  for (uint64_t line = 1; line <= lines; ++line) {
    LLVMValueRef back = LLVMConstInt(int_type(64), uint64_t{0} - line * line_bytes, 1);
    const LLVMValueRef data = load(pointer_type_, packet, 8);
    fetch(LLVMBuildGEP2(builder_, int_type(8), data, &back, 1, ""), true);
  }
}

// i64 (context, packets, count, frames, bytes from frame to frame)
void BurstWriter::write_begin() {
  begin_loop_function("burst_begin", int_type(64),
                      {pointer_type_, pointer_type_, int_type(64), pointer_type_, int_type(64)});
  const LLVMValueRef count = LLVMGetParam(function_, 2);
  const LLVMValueRef last = LLVMBuildSub(builder_, count, number(64, 1), "");
  const Loop loop = begin_loop(count);
  const auto packet_at = [&](LLVMValueRef i) {
    LLVMValueRef offset = LLVMBuildMul(builder_, i, number(64, sizeof(BurstPacket)), "");
    return LLVMBuildInBoundsGEP2(builder_, int_type(8), LLVMGetParam(function_, 1), &offset, 1, "");
  };
  const LLVMValueRef ahead =
      intrinsic("llvm.umin", int_type(64), {LLVMBuildAdd(builder_, loop.i, number(64, packets_ahead), ""), last});
  fetch(load(pointer_type_, packet_at(ahead), 8), false);
  const LLVMValueRef packet = packet_at(loop.i);
  fetch_growth(packet);
  const LLVMValueRef verdict = at_offset(packet, offsetof(BurstPacket, verdict));
  const bool is_ordered = flow_.order().is_ordered;
  if (is_ordered) {
    store(number(32, static_cast<uint64_t>(Verdict::Forward)), verdict, 4);
  }
  LLVMValueRef offset = LLVMBuildMul(builder_, loop.i, LLVMGetParam(function_, 4), "");
  const LLVMValueRef frame = LLVMBuildInBoundsGEP2(builder_, int_type(8), LLVMGetParam(function_, 3), &offset, 1, "");
  call(start_, {burst_, packet, frame});
  if (is_ordered) {  // those behind a slow packet are not begun
    const LLVMBasicBlockRef stops = new_block();
    const LLVMBasicBlockRef goes_on = new_block();
    const LLVMValueRef slow = number(32, static_cast<uint64_t>(Verdict::Slow));
    branch(LLVMBuildICmp(builder_, LLVMIntEQ, load(int_type(32), verdict, 4), slow, ""), stops, goes_on);
    continue_in(stops);
    LLVMBuildRet(builder_, LLVMBuildAdd(builder_, loop.i, number(64, 1), ""));
    continue_in(goes_on);
  }
  end_loop(loop);
  LLVMBuildRet(builder_, count);
}

// void (context, frames, found, count)
void BurstWriter::write_resume(bool has_general) {
  const LLVMTypeRef void_type = LLVMVoidTypeInContext(context_);
  LLVMTypeRef of_resume[] = {pointer_type_};
  const LLVMValueRef one = LLVMAddFunction(module_, stands_for_resume, LLVMFunctionType(void_type, of_resume, 1, 0));
  LLVMSetFunctionCallConv(one, LLVMFastCallConv);
  begin_loop_function("burst_resume", void_type, {pointer_type_, pointer_type_, pointer_type_, int_type(32)});
  const Loop loop = begin_loop(resized(LLVMGetParam(function_, 3), 64));
  const auto element = [&](unsigned parameter) {
    LLVMValueRef index = loop.i;
    return load(pointer_type_,
                LLVMBuildInBoundsGEP2(builder_, pointer_type_, LLVMGetParam(function_, parameter), &index, 1, ""), 8);
  };
  const LLVMValueRef frame = element(1);
  store(element(2), coroutine_intrinsic("llvm.coro.promise", {}, {frame, number(32, 8), number(1, 0)}), 8);
  const LLVMBasicBlockRef after = new_block();
  if (has_general) {
    const LLVMBasicBlockRef accepted = new_block();
    const LLVMBasicBlockRef rejected = new_block();
    const LLVMValueRef resumes = load(pointer_type_, frame, 8);
    branch(LLVMBuildICmp(builder_, LLVMIntEQ, resumes, LLVMConstNull(pointer_type_), ""), accepted, rejected);
    continue_in(rejected);
    coroutine_intrinsic("llvm.coro.resume", {}, {frame});
    go_to(after);
    continue_in(accepted);
  }
  LLVMSetInstructionCallConv(call(one, {frame}), LLVMFastCallConv);
  go_to(after);
  continue_in(after);
  end_loop(loop);
  LLVMBuildRetVoid(builder_);
}

namespace {

// Nobody destroys a coroutine before its end: frames need not say how.
void leave_destroy_out(LLVMModuleRef module) {
  const LLVMValueRef destroy = LLVMGetNamedFunction(module, "burst_start.destroy");
  for (LLVMUseRef use = destroy == nullptr ? nullptr : LLVMGetFirstUse(destroy); use != nullptr;) {
    const LLVMValueRef user = LLVMGetUser(use);
    use = LLVMGetNextUse(use);
    if (LLVMIsAStoreInst(user) != nullptr) {
      LLVMInstructionEraseFromParent(user);
    }
  }
}

}  // namespace

// Frames of this coroutine have null where others say how they go on, so that a loop may compare with it.
void join_resume(LLVMModuleRef module) {
  const LLVMValueRef one = LLVMGetNamedFunction(module, stands_for_resume);
  const LLVMValueRef resume = LLVMGetNamedFunction(module, "burst_start.resume");
  if (resume == nullptr) {  // no packet ever waits
    const LLVMContextRef context = LLVMGetModuleContext(module);
    const LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(context, one, ""));
    LLVMBuildRetVoid(builder);
    LLVMDisposeBuilder(builder);
    return;
  }
  leave_destroy_out(module);
  LLVMReplaceAllUsesWith(resume, LLVMConstNull(LLVMTypeOf(resume)));
  LLVMReplaceAllUsesWith(one, resume);
  LLVMDeleteFunction(one);
  if (!is_marked(resume, "noinline") && !is_marked(resume, "alwaysinline")) {
    mark(resume, static_cast<LLVMAttributeIndex>(LLVMAttributeFunctionIndex), "alwaysinline");
  }
}

}  // namespace outrigger::p4_native
