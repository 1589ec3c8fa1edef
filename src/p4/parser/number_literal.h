// Integer literals (P4-16 §6.4.3.2): `10`, `0xFF`, `8w0b1010`, `4s7`, `1_000`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "p4/integer.h"

namespace outrigger::p4 {

struct NumberLiteral {
  Integer number;
  std::optional<uint32_t> width;  // none: int
  bool is_signed = false;
  std::string fault;  // what is wrong with it, for a diagnostic; empty: nothing
};

// Reads a Number token. At most number_digits_max digits, and widths up to width_bits_max.
NumberLiteral read_number_literal(std::string_view text);

}  // namespace outrigger::p4
