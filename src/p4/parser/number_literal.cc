// Integer literals: width, sign, base and digits.
#include "p4/parser/number_literal.h"

#include <fmt/format.h>

#include "p4/limits.h"

namespace outrigger::p4 {
namespace {

NumberLiteral wrong(std::string fault) {
  NumberLiteral literal;
  literal.fault = std::move(fault);
  return literal;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// 0x, 0d, 0o, 0b in front of the digits are taken off.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') {
    return 10;
  }
  int base = 0;
  switch (digits[1]) {
    case 'x':
    case 'X': base = 16; break;
    case 'd':
    case 'D': base = 10; break;
    case 'o':
    case 'O': base = 8; break;
    case 'b':
    case 'B': base = 2; break;
    default: return 10;
  }
  digits.remove_prefix(2);
  return base;
}

bool is_digit_of(char c, int base) {
  if (base == 16) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
  return c >= '0' && c < '0' + base;
}

std::string_view base_name(int base) {
  switch (base) {
    case 2: return "binary";
    case 8: return "octal";
    case 16: return "hexadecimal";
    default: return "decimal";
  }
}

// 8w, 4s in front are taken off. A fault for a width that is too large.
std::string take_width(std::string_view& text, NumberLiteral& literal) {
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    ++digits;
  }
  if (digits == text.size() || (text[digits] != 'w' && text[digits] != 's')) {
    return {};
  }
  uint64_t width = 0;
  for (const char c : text.substr(0, digits)) {
    width = width * 10 + static_cast<uint64_t>(c - '0');
    if (width > width_bits_max) {
      return fmt::format("the width of this number is larger than {} bits", width_bits_max);
    }
  }
  literal.width = static_cast<uint32_t>(width);
  literal.is_signed = text[digits] == 's';
  text.remove_prefix(digits + 1);
  return {};
}

}  // namespace

NumberLiteral read_number_literal(std::string_view text) {
  NumberLiteral literal;
  if (std::string fault = take_width(text, literal); !fault.empty()) {
    return wrong(std::move(fault));
  }
  const int base = take_base(text);
  std::string digits;
  for (const char c : text) {
    if (c == '_' && !(base == 10 && digits.empty())) {
      continue;
    }
    if (!is_digit_of(c, base)) {
      return wrong(fmt::format("'{}' is not a {} digit", c, base_name(base)));
    }
    if (digits.size() >= number_digits_max) {
      return wrong(fmt::format("this number has more than {} digits", number_digits_max));
    }
    digits += c;
  }
  if (digits.empty()) {
    return wrong("this number has no digits");
  }
  literal.number.set_str(digits, base);
  return literal;
}

}  // namespace outrigger::p4
