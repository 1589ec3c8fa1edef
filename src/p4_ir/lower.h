// Lowering: a checked program with a `main` → the lowered program.
//
// Instances are walked from `main` down. What the language allows and this does not do (an extern of the program's own
// that no architecture knows is fine: the engine refuses it when it is called) is said in diagnostics with a place.
#pragma once

#include <memory>

#include "p4/front.h"
#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// Null after an error, which is in the compilation's diagnostics: no `main`, or too large (named limits in lower.cc).
std::unique_ptr<Program> lower(p4::Compilation& compilation);

}  // namespace outrigger::p4_ir
