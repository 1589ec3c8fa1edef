// The largest priority that an entry in a program can have: P4Runtime's are int32.
#pragma once

#include <cstdint>

namespace outrigger::p4 {

inline constexpr uint32_t entry_priority_max = 0x7FFFFFFF;

}  // namespace outrigger::p4
