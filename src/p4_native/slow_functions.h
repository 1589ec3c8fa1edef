// Functions that LLVM's passes would take very long for: they get machine code without them.
#pragma once

#include <llvm-c/Core.h>

namespace outrigger::p4_native {

// Marks the functions of the module that have too many instructions, many with many select instructions among them, or
// select instructions too deep inside one another (InstCombine looks through them again and again), so that no pass
// touches them; all, where all together are too many.
void mark_slow_functions(LLVMModuleRef module);

}  // namespace outrigger::p4_native
