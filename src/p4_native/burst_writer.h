// BurstWriter: a lowered program → one coroutine that takes a packet from its first byte to its verdict. Everything is
// inlined, all variables are LLVM's own, and it stops at each table's apply (burst.h). Inside the room only.
#pragma once

#include <map>

#include "p4_native/burst_changes.h"
#include "p4_native/burst_flow.h"
#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

class BurstWriter final : public ModuleWriter {
 public:
  BurstWriter(const p4_ir::Program& program, const BurstShape& shape, StateLayout& layout, CallSites& sites,
              LLVMModuleRef module);
  // The coroutine `burst_start`, which does all there is.
  Result<> write() override;
  // The first block rejects packets that go on, and another coroutine for the others is worth its time.
  [[nodiscard]] bool wants_accepting() const noexcept;
  // In the same module a `burst_start` for packets that the parser accepts: where headers lie and which are there is
  // mostly known then. One that it rejects begins anew in `general`, which has been written and gets another name.
  Result<> write_accepting(BurstWriter& general);
  // The functions that a driver calls, around `burst_start`; `general`: that of write_accepting(), or null.
  void write_loops(const BurstWriter* general);
  [[nodiscard]] const std::vector<std::optional<uint32_t>>& key_bytes() const noexcept { return key_bytes_; }
  [[nodiscard]] const BurstLayout& layout() const noexcept { return places_; }
  [[nodiscard]] uint32_t scratch_bytes() const noexcept { return scratch_bytes_; }
  [[nodiscard]] const std::vector<BurstNeed>& needs() const noexcept { return needs_; }
  [[nodiscard]] const BurstOrder& order() const noexcept { return flow_.order(); }

 private:
  // burst_writer.cc
  LLVMValueRef pointer_of(p4_ir::VariableId variable) override;
  LLVMValueRef context_slot(size_t offset) override;
  void call_procedure(p4_ir::ProcedureId procedure) override;
  void call_parser(p4_ir::ParserId parser) override;
  void write_assign(const p4_ir::Assign& statement) override;
  void write_start();
  void add_attribute(LLVMValueRef function, std::string_view name);
  LLVMBasicBlockRef reject_block(const BurstStep& step, LLVMBasicBlockRef after);
  void begin_coroutine(LLVMValueRef memory);
  void set_inputs();
  void set_packet();
  void set_port_class();
  void check_headroom();
  void set_timestamps(std::span<const p4_ir::VariableId> variables);
  LLVMValueRef port_place();
  LLVMValueRef sent_place();
  LLVMValueRef valid_bytes();
  void move_length();
  void slow_when(const BurstStep& step);
  void slow_if_again(p4_ir::VariableId port);
  void end_if_again();
  void drop_when(const BurstStep& step);
  void write_after(const BurstStep& step);
  void write_values(const BurstStep& step);
  void begin_slow_block();
  void write_step(const BurstStep& step);
  void leave(Verdict verdict);
  void go_slow();
  void slow_if(LLVMValueRef condition);
  LLVMValueRef coroutine_intrinsic(const char* name, std::vector<LLVMTypeRef> types,
                                   std::vector<LLVMValueRef> arguments);
  LLVMValueRef zeroed_alloca(LLVMTypeRef type);

  // burst_loops.cc
  struct Loop {
    LLVMBasicBlockRef before = nullptr;
    LLVMBasicBlockRef head = nullptr;
    LLVMBasicBlockRef end = nullptr;
    LLVMValueRef i = nullptr;
  };
  void begin_loop_function(const char* name, LLVMTypeRef result, std::vector<LLVMTypeRef> parameters);
  Loop begin_loop(LLVMValueRef count);
  void end_loop(const Loop& loop);
  void fetch(LLVMValueRef pointer, bool is_written);
  void fetch_growth(LLVMValueRef packet);
  void write_measure(const BurstWriter* general);
  void write_begin();
  void write_resume(bool has_general);

  // burst_externs.cc
  void write_call_extern(const p4_ir::CallExtern& statement) override;
  void write_known(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_checksum(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_select(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_hash(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_random(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_tests(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_sum(const p4_ir::CallExtern& statement, const BurstExtern& known);
  LLVMValueRef sum_state(p4_ir::ExternId id);
  LLVMValueRef call_run_time(const char* name, LLVMTypeRef result, std::vector<LLVMValueRef> arguments);
  // The one value of the argument in 64 bits; what needs more is the greatest.
  LLVMValueRef scalar(const p4_ir::CallExtern& statement, int place);
  void give(const p4_ir::CallExtern& statement, int place, LLVMValueRef result);

  // burst_hashes.cc
  LLVMValueRef hash_of(BurstHash hash, const p4_ir::ExternArgument& data, bool has_payload);
  LLVMValueRef hash_of(BurstHash hash, std::span<const p4_ir::Expression* const> values);
  LLVMValueRef write_bytes(std::span<const p4_ir::Expression* const> values);
  LLVMValueRef write_bytes(const p4_ir::ExternArgument& data);
  LLVMValueRef write_bytes_of_headers(const p4_ir::ExternArgument& data);
  LLVMValueRef scratch(uint64_t offset, uint64_t bytes);

  // burst_arrays.cc
  LLVMValueRef array_cells(p4_ir::ExternId id, BurstNeed::Kind kind);
  LLVMValueRef is_in_array(p4_ir::ExternId id, LLVMValueRef index);
  LLVMValueRef counted_bytes();
  void need(BurstNeed::Kind kind, p4_ir::ExternId id);
  void write_count(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void add_count(p4_ir::ExternId id, LLVMValueRef index, LLVMValueRef bytes);
  void count_now();
  void write_meter(const p4_ir::CallExtern& statement, const BurstExtern& known);
  LLVMValueRef execute_meter(p4_ir::ExternId id, LLVMValueRef index, LLVMValueRef bytes, LLVMValueRef before);
  LLVMValueRef color_number(LLVMValueRef color);
  LLVMValueRef color_place(p4_ir::ExternId id);
  void read_color(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void read_register(const p4_ir::CallExtern& statement, const BurstExtern& known);
  void write_register(const p4_ir::CallExtern& statement, const BurstExtern& known);
  LLVMValueRef register_cell(p4_ir::ExternId id, LLVMValueRef index);
  LLVMValueRef direct_index(p4_ir::ExternId id);
  LLVMValueRef handle_place(p4_ir::TableId table);
  void wait_for_turn(const p4_ir::Statement& statement);

  // burst_tables.cc
  void write_apply(const p4_ir::ApplyTable& statement) override;
  void write_actions(const p4_ir::ApplyTable& statement, LLVMValueRef acting);
  void wait_for(const p4_ir::Table& table, uint32_t number_of);
  LLVMValueRef key_field(const p4_ir::TableKey& of);
  LLVMValueRef write_key(const p4_ir::Table& table, uint32_t bytes, LLVMValueRef place);
  void write_wide_key(const p4_ir::Table& table, uint32_t stride, LLVMValueRef place);
  void fetch_places(KeyFetch which, LLVMValueRef list, LLVMValueRef key, LLVMValueRef hash_place);
  LLVMValueRef hash_key(LLVMValueRef key, LLVMValueRef seed);
  LLVMValueRef waiting_count(uint64_t list_offset);
  void wait_on(uint64_t list_offset, LLVMValueRef count);
  LLVMValueRef acting_entry(const p4_ir::Table& table, uint32_t number_of, LLVMValueRef entry);
  LLVMValueRef selector_hash(const p4_ir::Table& table);
  void work_on_direct(const p4_ir::ApplyTable& statement, LLVMValueRef entry, LLVMValueRef is_hit);
  void set_parameters(const p4_ir::TableAction& action, LLVMValueRef entry);

  // burst_packets.cc
  // A field that is read from the packet where it is wanted.
  struct LateField {
    p4_ir::HeaderId header{};
    uint32_t offset = 0;  // in bits
  };
  void find_late_fields();
  LLVMValueRef load_late(p4_ir::VariableId variable, const LateField& field);
  LLVMValueRef late_base(const LateField& field);
  LLVMValueRef load_variable(p4_ir::VariableId variable) override;
  [[nodiscard]] bool is_read_late(p4_ir::VariableId field) const override { return late_fields_.contains(field); }
  void assign_varbit(p4_ir::VariableId, p4_ir::VariableId) override {}  // they stay empty
  LLVMValueRef varbit_size(p4_ir::VariableId) override { return number(32, 0); }
  void read_varbit(LLVMValueRef position, LLVMValueRef size, p4_ir::VariableId into) override;
  void read_slowly(p4_ir::VariableId field, LLVMValueRef position) override;
  LLVMValueRef is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Expression* const> values) override;
  void write_emit(const p4_ir::Header& header) override;
  void write_deparser(const p4_ir::Procedure& procedure);
  void write_headers(std::span<const p4_ir::Header* const> headers);
  LLVMValueRef home_of(p4_ir::HeaderId header);
  LLVMValueRef read_at(LLVMValueRef first);
  LLVMValueRef read_header(const p4_ir::Header& header, LLVMValueRef place);
  void write_header(const p4_ir::Header& header, LLVMValueRef place, LLVMValueRef moved);
  void read_late_fields(std::span<const Run> runs, bool of_changed);
  void keep_packet(std::span<const p4_ir::Header* const> headers, LLVMValueRef emitted, LLVMValueRef parsed);
  void restore_packet();
  [[nodiscard]] bool is_deparser(const BurstStep& step) const;
  void write_runs(std::span<const Run> runs, LLVMValueRef base, bool is_changed_only);
  [[nodiscard]] bool is_changed(const Run& run) const;
  void note_extract(p4_ir::HeaderId header, LLVMValueRef position) override;
  LLVMValueRef emitted_bytes(std::span<const p4_ir::Header* const> headers);
  [[nodiscard]] std::vector<p4_ir::VariableId> fixed_fields(const p4_ir::Header& header) const;

  // burst_checksums.cc
  struct Sum {
    LLVMValueRef value = nullptr;
    uint64_t most = 0;  // that it can be
  };
  struct LateRun {
    const LateField* first = nullptr;
    size_t parts = 0;
    uint32_t bytes = 0;
  };
  void add_to(Sum& sum, LLVMValueRef value, uint64_t most, uint32_t shift);
  LLVMValueRef folded(const Sum& sum);
  void add_field(Sum& sum, const p4_ir::Expression& field, uint32_t begin);
  [[nodiscard]] LateRun late_run(std::span<const p4_ir::ExternArgument::Part> parts) const;
  void add_run(Sum& turned, const LateRun& run);
  LLVMValueRef checksum_of(const p4_ir::ExternArgument& data);

  const BurstShape& shape_;
  const BurstFlow flow_;
  const BurstLayout places_;
  uint32_t scratch_bytes_ = 0;
  std::vector<BurstNeed> needs_;
  size_t step_ = 0;
  std::vector<std::optional<uint32_t>> key_bytes_;
  std::map<p4_ir::VariableId, LLVMValueRef> variables_;
  std::map<size_t, LLVMValueRef> slots_;
  const std::vector<bool> is_changed_;  // by variable: find_changed_variables()
  std::map<p4_ir::VariableId, LateField> late_fields_;
  bool reads_late_ = true;                         // until the deparser writes
  std::map<p4_ir::HeaderId, LLVMValueRef> homes_;  // where a header was extracted: its first byte + 1
  std::map<p4_ir::ExternId, LLVMValueRef>
      colors_;  // of direct meters: 1 and the color of their tables' last lookups; 0: a miss
  std::map<p4_ir::ExternId, LLVMValueRef> sums_;    // states of checksums
  std::map<p4_ir::TableId, LLVMValueRef> handles_;  // of the entries found last, complemented
  LLVMValueRef counts_ = nullptr;                   // what the packet counts at its end: cells and bytes
  LLVMValueRef counts_used_ = nullptr;
  LLVMValueRef is_alone_ = nullptr;  // it goes one by one
  LLVMValueRef burst_ = nullptr;
  LLVMValueRef packet_ = nullptr;
  LLVMValueRef start_ = nullptr;        // the coroutine
  LLVMValueRef handle_ = nullptr;       // its handle
  LLVMValueRef found_ = nullptr;        // its promise: the entry that was found
  LLVMBasicBlockRef zeroes_ = nullptr;  // where variables get their first value
  LLVMBasicBlockRef stop_ = nullptr;    // back to the driver
  LLVMBasicBlockRef drop_ = nullptr;
  LLVMBasicBlockRef slow_ = nullptr;
  const p4_ir::Block* block_ = nullptr;   // of the step being written
  LLVMValueRef port_ = nullptr;           // where the packet goes, once it has been said
  LLVMValueRef is_sent_ = nullptr;        // has that been said?
  LLVMValueRef marked_length_ = nullptr;  // of headers, in bytes
  LLVMValueRef general_ = nullptr;        // the coroutine for what the parser rejects; null: this is it
  bool rejects_ = false;                  // the first block rejects packets that go on
  bool parser_calls_ = false;             // … and calls externs
  // Of a packet that is parsed again, for the case that it turns slow afterwards.
  struct Kept {
    LLVMValueRef packet = nullptr;  // as it came in: the BurstPacket
    LLVMValueRef bytes = nullptr;   // what was overwritten …
    LLVMValueRef place = nullptr;   // … where …
    LLVMValueRef size = nullptr;    // … and how much
  };
  Kept kept_;
};

}  // namespace outrigger::p4_native
