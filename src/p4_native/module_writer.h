// ModuleWriter: a lowered program → an LLVM module. One function `procedure_N` or `parser_N` for each procedure and
// parser, of type Status(Context*); variables are read and written in the state that the context begins
// (state_layout.h).
//
// LLVM's C interface, which compiles in a fraction of the time of its C++ one and does not care for our flags. Inside
// the room only.
#pragma once

#include <llvm-c/Core.h>

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "p4_native/native_program.h"

namespace outrigger::p4_native {

class ModuleWriter {
 public:
  // All must live longer. What the calls of the host need to know goes into `sites`, their scratch into `layout`.
  ModuleWriter(const p4_ir::Program& program, StateLayout& layout, CallSites& sites, LLVMModuleRef module);
  virtual ~ModuleWriter();
  ModuleWriter(const ModuleWriter&) = delete;
  ModuleWriter& operator=(const ModuleWriter&) = delete;

  virtual Result<> write();

 protected:
  // Fields that begin and end on bytes together.
  struct Run {
    std::span<const p4_ir::VariableId> fields;
    uint32_t width = 0;
  };
  // Where statements go that do not go on.
  struct Targets {
    LLVMBasicBlockRef returns = nullptr;
    LLVMBasicBlockRef rejects = nullptr;
    LLVMBasicBlockRef exhausts = nullptr;
    LLVMBasicBlockRef breaks = nullptr;
    LLVMBasicBlockRef continues = nullptr;
  };

  // module_writer.cc
  void declare_run_time();
  void declare_program();
  void begin_function(LLVMValueRef function);
  // What the writer of bursts does otherwise: its variables are LLVM's, its functions are inlined.
  virtual LLVMValueRef pointer_of(p4_ir::VariableId variable);
  virtual LLVMValueRef context_slot(size_t offset) { return at_offset(state_, offset); }
  virtual void call_procedure(p4_ir::ProcedureId procedure) { call_function(procedures_[index_of(procedure)]); }
  virtual void call_parser(p4_ir::ParserId parser) { call_function(parsers_[index_of(parser)]); }
  virtual void write_assign(const p4_ir::Assign& statement) {
    store_variable(statement.variable, value(*statement.value));
  }
  // An extract leaves this field where it is in the packet.
  [[nodiscard]] virtual bool is_read_late(p4_ir::VariableId) const { return false; }
  // The header was extracted from this position, in bits.
  virtual void note_extract(p4_ir::HeaderId, LLVMValueRef) {}
  virtual void write_apply(const p4_ir::ApplyTable& statement);
  virtual void write_call_extern(const p4_ir::CallExtern& statement);
  virtual void assign_varbit(p4_ir::VariableId to, p4_ir::VariableId from);
  virtual LLVMValueRef varbit_size(p4_ir::VariableId variable);
  virtual void read_varbit(LLVMValueRef position, LLVMValueRef size, p4_ir::VariableId into);
  virtual void write_emit(const p4_ir::Header& header);
  virtual void read_slowly(p4_ir::VariableId field, LLVMValueRef position);
  virtual LLVMValueRef is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Expression* const> values);
  void write_procedure(uint32_t number);
  LLVMValueRef run_time(const char* name) const { return LLVMGetNamedFunction(module_, name); }
  LLVMValueRef call(LLVMValueRef function, std::vector<LLVMValueRef> arguments);
  LLVMValueRef intrinsic(const char* name, LLVMTypeRef type, std::vector<LLVMValueRef> arguments);
  LLVMTypeRef int_type(uint32_t width) const { return LLVMIntTypeInContext(context_, width); }
  LLVMTypeRef memory_type(uint32_t width) const;
  LLVMValueRef number(uint32_t width, uint64_t value) const { return LLVMConstInt(int_type(width), value, 0); }
  LLVMValueRef number(const p4_ir::Bits& value) const;
  LLVMValueRef resized(LLVMValueRef value, uint32_t width);
  LLVMBasicBlockRef new_block() { return LLVMAppendBasicBlockInContext(context_, function_, ""); }
  void go_to(LLVMBasicBlockRef block) { LLVMBuildBr(builder_, block); }
  void branch(LLVMValueRef condition, LLVMBasicBlockRef if_true, LLVMBasicBlockRef if_false) {
    LLVMBuildCondBr(builder_, condition, if_true, if_false);
  }
  void continue_in(LLVMBasicBlockRef block) { LLVMPositionBuilderAtEnd(builder_, block); }
  [[nodiscard]] bool has_ended() const { return LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(builder_)) != nullptr; }
  LLVMValueRef entry_alloca(LLVMTypeRef type);
  LLVMValueRef at_offset(LLVMValueRef base, uint64_t bytes);
  LLVMValueRef load(LLVMTypeRef type, LLVMValueRef pointer, uint32_t alignment);
  void store(LLVMValueRef value, LLVMValueRef pointer, uint32_t alignment);
  LLVMValueRef load_scalar(LLVMValueRef pointer, uint32_t width);
  void store_scalar(LLVMValueRef value, LLVMValueRef pointer, uint32_t width);
  virtual LLVMValueRef load_variable(p4_ir::VariableId variable);
  void store_variable(p4_ir::VariableId variable, LLVMValueRef value);
  LLVMValueRef load_context(size_t offset, uint32_t width);
  void store_context(size_t offset, LLVMValueRef value, uint32_t width);
  LLVMValueRef load_pointer(size_t offset);
  void refuse(Code code, std::string why);
  // One more node of `depth`; false when a limit is reached.
  bool count_node();

  // expressions.cc: `value` begins with nothing known; `part` uses what this statement has calculated already.
  LLVMValueRef value(const p4_ir::Expression& expression);
  LLVMValueRef truth(const p4_ir::Expression& expression);
  LLVMValueRef part(const p4_ir::Expression& expression);
  LLVMValueRef part_of_kind(const p4_ir::Expression& expression);
  LLVMValueRef unary(const p4_ir::Unary& expression);
  LLVMValueRef binary(const p4_ir::Binary& expression);
  LLVMValueRef comparison(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b);
  LLVMValueRef multiply_or_divide(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b);
  LLVMValueRef shift(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b);
  LLVMValueRef call_arithmetic(const p4_ir::Binary& expression, LLVMValueRef a, LLVMValueRef b);

  // statements.cc
  void write(const p4_ir::Statements& statements);
  void write(const p4_ir::Statement& statement);
  void write_if(const p4_ir::If& statement);
  void write_switch(const p4_ir::Switch& statement);
  void write_loop(const p4_ir::Loop& statement);
  void count_up(size_t offset, uint32_t by, uint32_t most);
  void call_function(LLVMValueRef function);
  void scratch_parts(const p4_ir::ExternArgument& argument, std::vector<const p4_ir::Expression*>& into) const;
  std::vector<uint32_t> write_scratch(std::span<const p4_ir::Expression* const> values);

  // packets.cc
  void write_extract(const p4_ir::Extract& statement);
  void write_advance(const p4_ir::Advance& statement);
  void write_lookahead(const p4_ir::Lookahead& statement);
  void read_fields(LLVMValueRef position, std::span<const p4_ir::VariableId> fields);
  void emit_fields(std::span<const p4_ir::VariableId> fields);
  LLVMValueRef load_field(LLVMValueRef base, uint32_t offset, uint32_t width, uint32_t bits_in_all);
  void store_run(LLVMValueRef base, uint32_t offset, std::span<const p4_ir::VariableId> fields, uint32_t width);
  // Empty when the fields do not divide into such runs, or into too wide ones.
  [[nodiscard]] std::vector<Run> runs_of(std::span<const p4_ir::VariableId> fields) const;
  void reject_unless(LLVMValueRef condition, std::string_view error);
  void reject_with(std::string_view error);
  LLVMValueRef bits_left();
  [[nodiscard]] uint32_t width_of(std::span<const p4_ir::VariableId> fields) const;

  // parsers.cc
  void write_parser(uint32_t number);
  void write_states(const p4_ir::Parser& parser);
  void write_transition(const p4_ir::ParserState& state, std::span<const LLVMBasicBlockRef> blocks);
  LLVMValueRef matches(const p4_ir::SelectCase& one, std::span<const p4_ir::Expression* const> selected,
                       std::span<const LLVMValueRef> values);
  LLVMValueRef matches(const p4_ir::Keyset& keyset, const p4_ir::Expression& selected, LLVMValueRef value);
  LLVMBasicBlockRef target_block(uint32_t target, std::span<const LLVMBasicBlockRef> blocks) const;

  const p4_ir::Program& program_;
  StateLayout& layout_;
  CallSites& sites_;
  LLVMModuleRef module_;
  LLVMContextRef context_;
  LLVMBuilderRef builder_;
  LLVMTypeRef pointer_type_;
  LLVMTypeRef function_type_;
  std::vector<LLVMValueRef> procedures_;
  std::vector<LLVMValueRef> parsers_;
  std::optional<Error> refused_;
  uint32_t nodes_ = 0;
  uint32_t depth_ = 0;
  // Of the function being written.
  LLVMValueRef function_ = nullptr;
  LLVMValueRef state_ = nullptr;
  LLVMBasicBlockRef entry_ = nullptr;  // allocas; ends in a jump to what follows
  Targets targets_;
  std::unordered_map<const p4_ir::Expression*, LLVMValueRef> known_;
};

}  // namespace outrigger::p4_native
