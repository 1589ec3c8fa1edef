// Number: from text.
#include "stf/number.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "stf/limits.h"
#include "stf/problem.h"

namespace outrigger::stf {

namespace {

// The value of a digit in any base up to sixteen; 16: it is none.
uint32_t digit_value(char character) {
  if (character >= '0' && character <= '9') {
    return static_cast<uint32_t>(character - '0');
  }
  if (character >= 'a' && character <= 'f') {
    return static_cast<uint32_t>(character - 'a') + 10;
  }
  if (character >= 'A' && character <= 'F') {
    return static_cast<uint32_t>(character - 'A') + 10;
  }
  return 16;
}

std::unexpected<Error> too_wide() {
  return fail(Code::InvalidArgument, "a number has at most {} bits", number_bits_max);
}

// Digits of `bits` bits each, and `*`.
Result<Number> parse_digits(std::string_view text, std::string_view digits, uint32_t bits) {
  const auto count = static_cast<size_t>(std::ranges::count_if(digits, [](char c) { return c != '_'; }));
  if (count == 0) {
    return fail(Code::InvalidArgument, "{} has no digits", quoted(text));
  }
  if (count > number_bits_max / bits) {
    return too_wide();
  }
  Number number;
  number.value.assign((count * bits + 7) / 8, 0);
  number.mask.assign(number.value.size(), 0);
  number.has_wildcards = digits.find('*') != std::string_view::npos;
  size_t position = count * bits;  // of the bit above the next digit's, from the right
  for (const char character : digits) {
    if (character == '_') {
      continue;
    }
    position -= bits;
    const uint32_t digit = digit_value(character);
    if (character != '*' && digit >= 1U << bits) {
      return fail(Code::InvalidArgument, "{}: {} is not a digit of this base", quoted(text),
                  quoted({&character, size_t{1}}));
    }
    for (uint32_t bit = 0; bit < bits && character != '*'; ++bit) {
      const size_t at = number.value.size() - 1 - (position + bit) / 8;
      const auto shift = static_cast<uint32_t>((position + bit) % 8);
      number.mask[at] = static_cast<uint8_t>(number.mask[at] | 1U << shift);
      number.value[at] = static_cast<uint8_t>(number.value[at] | (digit >> bit & 1U) << shift);
    }
  }
  return number;
}

Number whole(Bytes value, bool is_negative = false) {
  Number number;
  number.value = std::move(value);
  number.is_whole = true;
  number.is_negative = is_negative;
  return number;
}

Result<Number> parse_decimal(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  std::vector<uint32_t> limbs;  // little endian
  for (const char character : text.substr(is_negative ? 1 : 0)) {
    if (character == '_') {
      continue;
    }
    uint64_t carry = digit_value(character);
    if (carry > 9) {
      return fail(Code::InvalidArgument, "{} is not a number", quoted(text));
    }
    for (uint32_t& limb : limbs) {
      carry += uint64_t{limb} * 10;
      limb = static_cast<uint32_t>(carry);
      carry >>= 32U;
    }
    if (carry != 0) {
      limbs.push_back(static_cast<uint32_t>(carry));
    }
    if (limbs.size() > number_bits_max / 32) {
      return too_wide();
    }
  }
  Bytes value;
  for (size_t i = limbs.size(); i-- > 0;) {
    for (const uint32_t shift : {24U, 16U, 8U, 0U}) {
      value.push_back(static_cast<uint8_t>(limbs[i] >> shift));
    }
  }
  const bool is_zero = value.empty();
  return whole(is_zero ? Bytes{0} : std::move(value), is_negative && !is_zero);
}

// 10.0.0.1 (base 10, four parts) and 00:11:22:33:44:55 (base 16, six parts).
Result<Number> parse_address(std::string_view text, char separator, int base, size_t parts) {
  Bytes value;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (value.size() < parts) {
    uint32_t part = 0;
    const auto [next, error] = std::from_chars(at, end, part, base);
    if (error != std::errc() || part > 255 || next - at > 3) {
      break;
    }
    value.push_back(static_cast<uint8_t>(part));
    at = next;
    if (value.size() < parts && (at == end || *at++ != separator)) {
      break;
    }
  }
  if (value.size() != parts || at != end) {
    return fail(Code::InvalidArgument, "{} is not an address", quoted(text));
  }
  return whole(std::move(value));
}

}  // namespace

Result<Number> parse_number(std::string_view text) {
  if (text == "*") {
    Number anything;
    anything.has_wildcards = true;
    return anything;
  }
  if (text == "true" || text == "false") {
    return whole({static_cast<uint8_t>(text == "true" ? 1 : 0)});
  }
  if (text.size() > 2 && text[0] == '0') {
    switch (text[1]) {
      case 'x':
      case 'X': return parse_digits(text, text.substr(2), 4);
      case 'o':
      case 'O': return parse_digits(text, text.substr(2), 3);
      case 'b':
      case 'B': return parse_digits(text, text.substr(2), 1);
      default: break;
    }
  }
  if (text.find(':') != std::string_view::npos) {
    return parse_address(text, ':', 16, 6);
  }
  if (text.find('.') != std::string_view::npos) {
    return parse_address(text, '.', 10, 4);
  }
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digit_value(digits[0]) > 9) {
    return fail(Code::InvalidArgument, "{} is not a number", quoted(text));
  }
  return parse_decimal(text);
}

Result<uint64_t> to_uint64(const Number& number) {
  if (number.is_negative || number.has_wildcards) {
    return fail(Code::InvalidArgument, "a plain number is meant here");
  }
  uint64_t value = 0;
  for (const uint8_t byte : number.value) {
    if (value >> 56U != 0) {
      return fail(Code::OutOfRange, "the number does not fit into 64 bits");
    }
    value = value << 8U | byte;
  }
  return value;
}

}  // namespace outrigger::stf
