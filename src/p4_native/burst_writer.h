// BurstWriter: a lowered program → one coroutine that takes a packet from its first byte to its verdict. Everything is
// inlined, all variables are LLVM's own, and it stops at each table's apply (burst.h). Inside the room only.
#pragma once

#include <map>

#include "p4_native/burst_program.h"
#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

class BurstWriter final : public ModuleWriter {
 public:
  BurstWriter(const p4_ir::Program& program, const BurstShape& shape, StateLayout& layout, CallSites& sites,
              LLVMModuleRef module);
  Result<> write() override;
  [[nodiscard]] const std::vector<std::optional<uint32_t>>& key_bytes() const noexcept { return key_bytes_; }

 private:
  // burst_writer.cc
  LLVMValueRef pointer_of(p4_ir::VariableId variable) override;
  LLVMValueRef context_slot(size_t offset) override;
  void call_procedure(p4_ir::ProcedureId procedure) override;
  void call_parser(p4_ir::ParserId parser) override;
  void write_start();
  void write_resume();
  void begin_coroutine(LLVMValueRef memory);
  void set_inputs();
  void set_timestamps(std::span<const p4_ir::VariableId> variables);
  LLVMValueRef valid_bytes();
  void move_length();
  void write_after(const BurstStep& step);
  void write_step(const BurstStep& step, bool is_last);
  void leave(Verdict verdict);
  void go_slow();
  LLVMValueRef coroutine_intrinsic(const char* name, std::vector<LLVMTypeRef> types,
                                   std::vector<LLVMValueRef> arguments);
  LLVMValueRef zeroed_alloca(LLVMTypeRef type);

  // burst_externs.cc
  void write_call_extern(const p4_ir::CallExtern& statement) override;
  void write_checksum(const p4_ir::CallExtern& statement, const BurstExtern& known);
  LLVMValueRef checksum_of(const p4_ir::ExternArgument& data);

  // burst_tables.cc
  void write_apply(const p4_ir::ApplyTable& statement) override;
  void assign_varbit(p4_ir::VariableId, p4_ir::VariableId) override {}  // they stay empty
  LLVMValueRef varbit_size(p4_ir::VariableId) override { return number(32, 0); }
  void read_varbit(LLVMValueRef position, LLVMValueRef size, p4_ir::VariableId into) override;
  void read_slowly(p4_ir::VariableId field, LLVMValueRef position) override;
  LLVMValueRef is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Expression* const> values) override;
  void write_emit(const p4_ir::Header& header) override;
  void wait_for(const p4_ir::Table& table, uint32_t number_of);
  void set_parameters(const p4_ir::TableAction& action, LLVMValueRef entry);
  void write_deparser(const p4_ir::Procedure& procedure);
  void write_headers(std::span<const p4_ir::Header* const> headers);
  LLVMValueRef emitted_bytes(std::span<const p4_ir::Header* const> headers);
  [[nodiscard]] std::vector<p4_ir::VariableId> fixed_fields(const p4_ir::Header& header) const;

  const BurstShape& shape_;
  std::vector<std::optional<uint32_t>> key_bytes_;
  std::map<p4_ir::VariableId, LLVMValueRef> variables_;
  std::map<size_t, LLVMValueRef> slots_;
  LLVMValueRef burst_ = nullptr;
  LLVMValueRef packet_ = nullptr;
  LLVMValueRef handle_ = nullptr;       // the coroutine's
  LLVMBasicBlockRef zeroes_ = nullptr;  // where variables get their first value
  LLVMBasicBlockRef stop_ = nullptr;    // back to the driver
  LLVMBasicBlockRef drop_ = nullptr;
  const p4_ir::Block* block_ = nullptr;   // of the step being written
  LLVMValueRef port_ = nullptr;           // where the packet goes, once a step has said it
  LLVMValueRef marked_length_ = nullptr;  // of headers, in bytes
};

}  // namespace outrigger::p4_native
