// BurstProgram: see burst_program.h.
#include "p4_native/burst_program.h"

#include <algorithm>

#include "p4_ir/passes/passes.h"
#include "p4_native/burst_writer.h"
#include "p4_native/machine.h"

namespace outrigger::p4_native {

BurstProgram::~BurstProgram() = default;

Result<std::unique_ptr<BurstProgram>> BurstProgram::compile(const p4_ir::Program& program, const BurstShape& shape,
                                                            const NativeOptions& options) {
  OR_ASSIGN(StateLayout layout, StateLayout::make(program));
  std::unique_ptr<BurstProgram> made(new BurstProgram);
  OR_ASSIGN(made->machine_, Machine::make());
  Machine& machine = *made->machine_;
  CallSites sites;
  const auto optimised = options.runs_passes ? p4_ir::optimised(program) : nullptr;
  BurstWriter writer(optimised != nullptr ? *optimised : program, shape, layout, sites, machine.module());
  OR_TRY(writer.write());
  made->key_bytes_ = writer.key_bytes();
  made->layout_ = writer.layout();
  made->scratch_bytes_ = writer.scratch_bytes();
  made->needs_ = writer.needs();
  made->order_ = writer.order();
  made->ns_per_timestamp_ = std::max<uint64_t>(shape.ns_per_timestamp, 1);
  if (options.keeps_text) {
    made->text_ = machine.text();
  }
  OR_TRY(machine.optimise(options.is_optimised));
  if (options.keeps_text) {
    made->optimised_text_ = machine.text();
  }
  OR_TRY(machine.add());
  OR_ASSIGN(const uint64_t start, machine.look_up("burst_start"));
  OR_ASSIGN(const uint64_t resume, machine.look_up("burst_resume"));
  made->start_ = reinterpret_cast<Start>(start);
  made->resume_ = reinterpret_cast<Resume>(resume);
  return made;
}

}  // namespace outrigger::p4_native
