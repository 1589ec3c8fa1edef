// What is done to a burst's module between LLVM's passes. Inside the room only.
#pragma once

#include <llvm-c/Core.h>

namespace outrigger::p4_native {

// After the passes that split coroutines: the loop that goes on with packets gets the second half of `burst_start`.
void join_resume(LLVMModuleRef module);
// … and these are the passes for that, afterwards. A pass that is named in a text ends the process where it has not
// reached its fixpoint, unless it is told not to look.
inline constexpr const char* join_passes =
    "always-inline,globaldce,"
    "function<eager-inv>(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm),gvn,dse,"
    "instcombine<no-verify-fixpoint>,simplifycfg)";

}  // namespace outrigger::p4_native
