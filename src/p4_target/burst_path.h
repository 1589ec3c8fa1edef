// burst_path.h: the fast way through a target: what of its program needs no host, as machine code for bursts of
// packets, over the target's own tables.
#pragma once

#include <memory>
#include <span>

#include "p4_native/burst_engine.h"
#include "p4_target/extern_arrays.h"

namespace outrigger::p4_target {

class BurstPath {
 public:
  // `tables`, `arrays` and `port_cells` (the shape's port_class; may be null) outlive it; `program` and `shape` are not
  // needed afterwards. Errors: Unimplemented, not a program for bursts; ResourceExhausted, too large for native code.
  static Result<std::unique_ptr<BurstPath>> make(const p4_ir::Program& program, const p4_native::BurstShape& shape,
                                                 Tables& tables, ExternArrays& arrays,
                                                 pipeline::RegisterArray* port_cells, uint64_t seed);

  // Runs at most pipeline::burst_packets_max packets and says how many of them it took (BurstEngine::run()): the slow
  // ones among them are the caller's before it goes on with those behind.
  [[nodiscard]] size_t run(std::span<p4_native::BurstPacket> packets, uint64_t now_ns) {
    return engine_->run(packets, now_ns);
  }
  // Of the one packet that comes again (BurstEngine::again_values()).
  [[nodiscard]] std::vector<p4_ir::Bits> again_values() const { return engine_->again_values(); }

 private:
  BurstPath() = default;

  std::unique_ptr<p4_native::BurstProgram> program_;
  std::unique_ptr<p4_native::BurstEngine> engine_;
};

// Does the program, of this shape, look at a clock, or does a table or meter of its?
[[nodiscard]] bool reads_time(const p4_ir::Program& program, const p4_native::BurstShape& shape);

}  // namespace outrigger::p4_target
