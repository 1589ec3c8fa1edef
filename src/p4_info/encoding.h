// Numbers and bytes between p4::Value and protobuf.
#pragma once

#include <optional>
#include <string>

#include "p4/value.h"

namespace outrigger::p4_info {

// A number as P4Runtime sends it: big-endian, the fewest bytes that hold it, at least one (§8.3); two's complement for
// one that is negative.
std::string to_bytes(const p4::Integer& number);
// The value as bytes: a number, or a bool as 0 or 1; none for others.
std::optional<std::string> to_bytes(const p4::Value& value);
// A number as far as the field holds it; 0 where there is none.
int64_t to_int64(const p4::Value* value);
int32_t to_int32(const p4::Value* value);
int32_t narrowed(std::optional<uint32_t> bits);

}  // namespace outrigger::p4_info
