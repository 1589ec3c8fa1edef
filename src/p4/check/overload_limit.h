// How many overloads one name may have in one scope.
#pragma once

#include <cstddef>

namespace outrigger::p4 {

// Each is compared with all others, and so is each call.
inline constexpr size_t overloads_max = 1024;

}  // namespace outrigger::p4
