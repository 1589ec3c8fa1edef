// Number: a number as a script writes it, with the digits that do not matter.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrigger::stf {

using Bytes = std::vector<uint8_t>;

struct Number {
  Bytes value;  // big endian; of a negative number, how far it is below zero; zero where the mask is
  // Unless is_whole, as long as `value`: ones under the digits that are written, zeroes under `*`. Digits not written
  // are not in it: in a ternary key `0x12` asks for eight bits only, as scripts are read elsewhere.
  Bytes mask;
  bool is_whole = false;  // written in no base of bits (decimal, true, 10.0.0.1): it means every bit of the key
  bool is_negative = false;
  bool has_wildcards = false;  // any `*`

  friend bool operator==(const Number&, const Number&) = default;
};

// Decimal, -decimal, 0x…, 0b…, 0o… (with `*` for digits that do not matter, `_` between digits), `*` alone, true,
// false, 10.0.0.1 and 00:11:22:33:44:55. InvalidArgument with a sentence otherwise, or if it is wider than
// number_bits_max.
[[nodiscard]] Result<Number> parse_number(std::string_view text);

// The number as 64 bits; nothing if it has wildcards, is negative or does not fit.
[[nodiscard]] Result<uint64_t> to_uint64(const Number& number);

}  // namespace outrigger::stf
