// A thread with the stack that the deepest tree needs.
#pragma once

#include <functional>

namespace outrigger::p4 {

// Runs the task on a thread of its own with a stack of compile_stack_bytes (limits.h), and waits for it: whatever walks
// a syntax tree or a lowered program recurses as deep as the text nests (nesting_depth_max), which may overflow a
// caller's stack. False: the system has no room for such a thread, and nothing was done.
[[nodiscard]] bool run_with_large_stack(const std::function<void()>& task);

}  // namespace outrigger::p4
