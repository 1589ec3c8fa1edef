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

}  // namespace outrigger::p4_target
