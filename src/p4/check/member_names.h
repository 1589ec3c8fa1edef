// Members that P4-16 itself gives to headers, unions, stacks, tables and sizes.
#pragma once

#include <optional>
#include <string_view>

#include "p4/ast/expression.h"

namespace outrigger::p4 {

// setValid, setInvalid, isValid, push_front, pop_front and the four sizes; none for other names.
std::optional<MemberKind> built_in_method(std::string_view name) noexcept;
// minSizeInBits … maxSizeInBytes (§9)
bool is_size(MemberKind kind) noexcept;

}  // namespace outrigger::p4
