// BurstProgram: see burst_program.h.
#include "p4_native/burst_program.h"

#include <algorithm>
#include <iterator>

#include "p4_ir/passes/passes.h"
#include "p4_native/burst_calls.h"
#include "p4_native/burst_loops.h"
#include "p4_native/burst_writer.h"
#include "p4_native/machine.h"
#include "p4_native/wide_copies.h"

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
  const p4_ir::Program& lowered = optimised != nullptr ? *optimised : program;
  BurstWriter writer(lowered, shape, layout, sites, machine.module());
  OR_TRY(writer.write());
  made->scratch_bytes_ = writer.scratch_bytes();
  if (writer.wants_accepting()) {
    BurstWriter accepting(lowered, shape, layout, sites, machine.module());
    OR_TRY(accepting.write_accepting(writer));
    accepting.write_loops(&writer);
    made->scratch_bytes_ = std::max(made->scratch_bytes_, accepting.scratch_bytes());
  } else {
    writer.write_loops(nullptr);
  }
  made->key_bytes_ = writer.key_bytes();
  std::transform(lowered.tables.begin(), lowered.tables.end(), std::back_inserter(made->fetches_), key_fetch);
  made->layout_ = writer.layout();
  made->needs_ = writer.needs();
  made->order_ = writer.order();
  for (const p4_ir::VariableId variable : shape.again_values) {
    made->again_widths_.push_back(program.at(variable).width);
  }
  made->ns_per_timestamp_ = std::max<uint64_t>(shape.ns_per_timestamp, 1);
  if (options.keeps_text) {
    made->text_ = machine.text();
  }
  OR_TRY(machine.optimise(options.is_optimised));
  join_resume(machine.module());
  if (options.is_optimised) {
    OR_TRY(machine.run(join_passes));
    widen_copies(machine.module());
  }
  remove_entry_marker(machine.module());
  if (options.keeps_text) {
    made->optimised_text_ = machine.text();
  }
  OR_TRY(machine.add());
  OR_ASSIGN(const uint64_t measure, machine.look_up("burst_measure"));
  OR_ASSIGN(const uint64_t begin, machine.look_up("burst_begin"));
  OR_ASSIGN(const uint64_t resume, machine.look_up("burst_resume"));
  made->measure_ = reinterpret_cast<Measure>(measure);
  made->begin_ = reinterpret_cast<Begin>(begin);
  made->resume_ = reinterpret_cast<Resume>(resume);
  return made;
}

}  // namespace outrigger::p4_native
