// NativeProgram: a lowered program as machine code of the processor that this runs on, made by LLVM.
//
// Made on any thread; it takes milliseconds to a second. Afterwards it is never changed, and any number of engines on
// any threads may run it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "p4_ir/program.h"
#include "p4_native/context.h"
#include "p4_native/state_layout.h"

namespace outrigger::p4_native {

struct NativeOptions {
  bool runs_passes = true;   // p4_ir's, over a copy of the program; else it is taken as it is
  bool is_optimised = true;  // -O2; else only what the code generator needs
  bool keeps_text = false;   // llvm_text()
};

// What the code generator tells the engine about its calls of the host.
struct CallSites {
  struct InSet {
    p4_ir::ValueSetId set{};
    std::vector<uint32_t> widths;
  };
  std::vector<std::vector<uint32_t>> key_widths;  // for each table
  std::vector<InSet> sets;
  std::vector<const p4_ir::CallExtern*> calls;     // by CallExtern::site; null: not reached
  std::vector<std::vector<uint32_t>> call_widths;  // of what goes through scratch, by site
};

class Machine;  // LLVM's side

class NativeProgram {
 public:
  // `program` must live longer. Unimplemented, ResourceExhausted: beyond the limits of native code (limits.h): the
  // interpreter runs it. Internal: LLVM refused, which is a bug of ours.
  static Result<std::unique_ptr<NativeProgram>> compile(const p4_ir::Program& program, const NativeOptions& options);
  ~NativeProgram();
  NativeProgram(const NativeProgram&) = delete;
  NativeProgram& operator=(const NativeProgram&) = delete;

  [[nodiscard]] const p4_ir::Program& program() const noexcept { return program_; }
  [[nodiscard]] const StateLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] const CallSites& sites() const noexcept { return sites_; }
  using Entry = Status (*)(Context*);
  // Of a block of the program.
  [[nodiscard]] Entry entry(const p4_ir::Block& block) const;
  // LLVM's text, before and after its passes; empty unless options.keeps_text.
  [[nodiscard]] const std::string& llvm_text() const noexcept { return text_; }
  [[nodiscard]] const std::string& optimised_text() const noexcept { return optimised_text_; }

 private:
  NativeProgram(const p4_ir::Program& program, StateLayout layout);
  Result<> link_entries();

  const p4_ir::Program& program_;
  std::unique_ptr<p4_ir::Program> optimised_;  // what the code was made of, and its calls are in; null: program_ is
  StateLayout layout_;
  CallSites sites_;
  std::unique_ptr<Machine> machine_;
  std::vector<Entry> procedures_;  // by number; null where no block runs it
  std::vector<Entry> parsers_;
  std::string text_;
  std::string optimised_text_;
};

}  // namespace outrigger::p4_native
