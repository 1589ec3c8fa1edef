// key_value.h: numbers of a script → values of the width and the match kind that the program asks for.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "stf/program_info.h"
#include "stf/resolved.h"
#include "stf/script.h"

namespace outrigger::stf {

// `value` in ceil(width / 8) bytes, negative ones as two's complement. OutOfRange: it needs more bits; InvalidArgument:
// it has wildcards.
[[nodiscard]] Result<Bytes> fit(const Number& number, uint32_t width);

// What a key matches. InvalidArgument or OutOfRange where the value is none of this match kind and width.
[[nodiscard]] Result<KeyValue> make_key_value(const Value& value, MatchKind match_kind, uint32_t width);

// What a key matches that the script does not give: anything, or 0 where it is exact.
[[nodiscard]] KeyValue value_not_given(MatchKind match_kind, uint32_t width);

}  // namespace outrigger::stf
