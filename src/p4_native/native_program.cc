// NativeProgram: see native_program.h.
#include "p4_native/native_program.h"

#include "base/check.h"
#include "p4_ir/passes/passes.h"
#include "p4_native/machine.h"
#include "p4_native/module_writer.h"

namespace outrigger::p4_native {

NativeProgram::NativeProgram(const p4_ir::Program& program, StateLayout layout)
    : program_(program), layout_(std::move(layout)) {}

NativeProgram::~NativeProgram() = default;

Result<std::unique_ptr<NativeProgram>> NativeProgram::compile(const p4_ir::Program& program,
                                                              const NativeOptions& options) {
  OR_ASSIGN(StateLayout layout, StateLayout::make(program));
  std::unique_ptr<NativeProgram> made(new NativeProgram(program, std::move(layout)));
  OR_ASSIGN(made->machine_, Machine::make());
  Machine& machine = *made->machine_;
  if (options.runs_passes) {
    made->optimised_ = p4_ir::optimised(program);
  }
  const p4_ir::Program& passed = made->optimised_ != nullptr ? *made->optimised_ : program;
  OR_TRY(ModuleWriter(passed, made->layout_, made->sites_, machine.module()).write());
  if (options.keeps_text) {
    made->text_ = machine.text();
  }
  OR_TRY(machine.optimise(options.is_optimised));
  if (options.keeps_text) {
    made->optimised_text_ = machine.text();
  }
  OR_TRY(machine.add());
  OR_TRY(made->link_entries());
  return made;
}

// Machine code is made here, when the first address is asked for.
Result<> NativeProgram::link_entries() {
  procedures_.resize(program_.procedures.size());
  parsers_.resize(program_.parsers.size());
  const auto look_up = [&](const std::string& name, Entry& into) -> Result<> {
    OR_ASSIGN(const uint64_t address, machine_->look_up(name));
    into = reinterpret_cast<Entry>(address);
    return {};
  };
  for (const p4_ir::Block& block : program_.blocks) {
    if (block.parser.has_value()) {
      const uint32_t i = index_of(*block.parser);
      OR_TRY(look_up("parser_" + std::to_string(i), parsers_[i]));
    }
    if (block.procedure.has_value()) {
      const uint32_t i = index_of(*block.procedure);
      OR_TRY(look_up("procedure_" + std::to_string(i), procedures_[i]));
    }
  }
  return {};
}

NativeProgram::Entry NativeProgram::entry(const p4_ir::Block& block) const {
  const Entry found =
      block.parser.has_value() ? parsers_[index_of(*block.parser)] : procedures_[index_of(*block.procedure)];
  check(found != nullptr, "a block of the program");
  return found;
}

}  // namespace outrigger::p4_native
