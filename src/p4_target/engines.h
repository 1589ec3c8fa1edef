// The engines that a target can run a program by.
#pragma once

#include "base/result.h"
#include "p4_target/target.h"

namespace outrigger::p4_target {

enum class EngineKind : uint8_t {
  Interpreter,  // plainly right
  Native,       // machine code
};

// Makes engines of this kind for this program, which must live longer. Errors: native code does not take the program
// (its limits), or could not be made.
Result<EngineFactory> engine_factory(const p4_ir::Program& program, EngineKind kind);

// The program's architecture with an engine of this kind around it (make_target()). A native one takes bursts, too,
// where the program allows it: Target::bursts() says.
Result<std::unique_ptr<Target>> make_target(const p4_ir::Program& program, EngineKind kind, uint64_t seed = 1);

}  // namespace outrigger::p4_target
