// key_value.cc: widths, masks and prefixes.
#include "stf/key_value.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/check.h"

namespace outrigger::stf {

namespace {

size_t byte_count(uint32_t width) { return (size_t{width} + 7) / 8; }

// The ones that a value of this width may have in its first byte.
uint8_t first_byte_mask(uint32_t width) { return static_cast<uint8_t>(0xFFU >> ((8 - width % 8) % 8)); }

Bytes ones(uint32_t width) {
  Bytes bytes(byte_count(width), 0xFF);
  if (!bytes.empty()) {
    bytes[0] = first_byte_mask(width);
  }
  return bytes;
}

// `length` ones, then zeroes.
Bytes prefix_mask(uint32_t width, uint32_t length) {
  Bytes mask = ones(width);
  for (uint32_t bit = 0; bit < width - length; ++bit) {
    uint8_t& byte = mask[mask.size() - 1 - bit / 8];
    byte = static_cast<uint8_t>(byte & ~(1U << bit % 8));
  }
  return mask;
}

// How many ones the mask begins with; nothing if ones follow its first zero.
std::optional<uint32_t> prefix_length(const Bytes& mask, uint32_t width) {
  uint32_t length = 0;
  for (const uint8_t byte : mask) {
    length += static_cast<uint32_t>(std::popcount(byte));
  }
  return mask == prefix_mask(width, length) ? std::optional(length) : std::nullopt;
}

void apply_mask(Bytes& value, const Bytes& mask) {
  check(value.size() == mask.size(), "a value and its mask are of one width");
  std::ranges::transform(value, mask, value.begin(), [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a & b); });
}

// The lowest `width` bits, whatever is above them.
Bytes cut(const Bytes& bytes, uint32_t width) {
  Bytes result(byte_count(width), 0);
  const size_t count = std::min(result.size(), bytes.size());
  std::copy_n(bytes.rbegin(), count, result.rbegin());
  if (!result.empty()) {
    result[0] = static_cast<uint8_t>(result[0] & first_byte_mask(width));
  }
  return result;
}

void negate(Bytes& bytes, uint32_t width) {
  uint32_t carry = 1;
  for (size_t i = bytes.size(); i-- > 0;) {
    carry += static_cast<uint8_t>(~bytes[i]);
    bytes[i] = static_cast<uint8_t>(carry);
    carry >>= 8U;
  }
  bytes = cut(bytes, width);
}

// Whether the bits above `width` are zero.
bool is_within(const Bytes& bytes, uint32_t width) {
  const Bytes low = cut(bytes, width);
  const auto excess = static_cast<std::ptrdiff_t>(bytes.size() > low.size() ? bytes.size() - low.size() : 0);
  return std::all_of(bytes.begin(), bytes.begin() + excess, [](uint8_t byte) { return byte == 0; }) &&
         (bytes.size() < low.size() || std::equal(low.begin(), low.end(), bytes.begin() + excess));
}

// Value and mask as the script writes them.
Result<TernaryValue> value_and_mask(const Value& value, uint32_t width) {
  if (value.form == ValueForm::Masked) {
    TernaryValue ternary;
    OR_ASSIGN(ternary.value, fit(value.first, width));
    OR_ASSIGN(ternary.mask, fit(value.second, width));
    apply_mask(ternary.value, ternary.mask);
    return ternary;
  }
  if (value.form == ValueForm::Prefix) {
    const auto length = to_uint64(value.second);
    if (!length.has_value() || *length > width) {
      return fail(Code::OutOfRange, "the length of a prefix is at most {} here", width);
    }
    Number number = value.first;
    number.has_wildcards = false;
    OR_ASSIGN(Bytes bits, fit(number, width));
    TernaryValue ternary{.value = std::move(bits), .mask = prefix_mask(width, static_cast<uint32_t>(*length))};
    apply_mask(ternary.value, ternary.mask);
    return ternary;
  }
  if (value.form == ValueForm::Range) {
    return fail(Code::InvalidArgument, "a range is for keys of match kind range");
  }
  Number number = value.first;
  number.has_wildcards = false;
  OR_ASSIGN(Bytes bits, fit(number, width));
  return TernaryValue{.value = std::move(bits), .mask = number.is_whole ? ones(width) : cut(number.mask, width)};
}

bool is_any(const Value& value) {
  return value.form == ValueForm::Plain && value.first.has_wildcards &&
         std::ranges::all_of(value.first.mask, [](uint8_t byte) { return byte == 0; });
}

Result<KeyValue> make_exact(const Value& value, uint32_t width) {
  // `n/width` and a mask of ones say nothing that is not so.
  if (value.form == ValueForm::Prefix || value.form == ValueForm::Masked) {
    OR_ASSIGN(TernaryValue ternary, value_and_mask(value, width));
    if (ternary.mask == ones(width)) {
      return ExactValue{std::move(ternary.value)};
    }
  }
  if (value.form != ValueForm::Plain) {
    return fail(Code::InvalidArgument, "the key is exact: it takes one value, no prefix, mask or range");
  }
  OR_ASSIGN(Bytes bits, fit(value.first, width));
  return ExactValue{std::move(bits)};
}

Result<KeyValue> make_lpm(const Value& value, uint32_t width) {
  if (value.form == ValueForm::Plain && !value.first.has_wildcards) {
    OR_ASSIGN(Bytes bits, fit(value.first, width));
    return LpmValue{.value = std::move(bits), .prefix_length = width};
  }
  OR_ASSIGN(TernaryValue ternary, value_and_mask(value, width));
  const auto length = prefix_length(ternary.mask, width);
  if (!length.has_value()) {
    return fail(Code::InvalidArgument, "the key is lpm: its mask begins with ones, and zeroes follow");
  }
  return LpmValue{.value = std::move(ternary.value), .prefix_length = *length};
}

Result<KeyValue> make_range(const Value& value, uint32_t width) {
  if (is_any(value)) {
    return value_not_given(MatchKind::Range, width);
  }
  if (value.form != ValueForm::Plain && value.form != ValueForm::Range) {
    return fail(Code::InvalidArgument, "the key is a range: it takes LOW..HIGH or one value");
  }
  OR_ASSIGN(Bytes low, fit(value.first, width));
  OR_ASSIGN(Bytes high, fit(value.form == ValueForm::Range ? value.second : value.first, width));
  const bool is_signed = value.first.is_negative || value.second.is_negative;
  if (low > high && !is_signed) {
    return fail(Code::InvalidArgument, "the range's lower end is above its upper end");
  }
  return RangeValue{.low = std::move(low), .high = std::move(high)};
}

Result<KeyValue> make_optional(const Value& value, uint32_t width) {
  if (is_any(value)) {
    return OptionalValue{};
  }
  if (value.form == ValueForm::Plain) {
    OR_ASSIGN(Bytes bits, fit(value.first, width));
    return OptionalValue{std::move(bits)};
  }
  OR_ASSIGN(TernaryValue ternary, value_and_mask(value, width));
  if (std::ranges::all_of(ternary.mask, [](uint8_t byte) { return byte == 0; })) {
    return OptionalValue{};
  }
  if (ternary.mask != ones(width)) {
    return fail(Code::InvalidArgument, "the key is optional: it takes one value, or `*` for any");
  }
  return OptionalValue{std::move(ternary.value)};
}

}  // namespace

Result<Bytes> fit(const Number& number, uint32_t width) {
  if (number.has_wildcards) {
    return fail(Code::InvalidArgument, "`*` cannot stand here: every digit counts");
  }
  if (!number.is_negative) {
    if (!is_within(number.value, width)) {
      return fail(Code::OutOfRange, "the value does not fit into {} bits", width);
    }
    return cut(number.value, width);
  }
  // -2^(width-1) is the least: what is one nearer to zero fits into one bit less.
  Bytes below = number.value;
  for (size_t i = below.size(); i-- > 0;) {
    if (below[i]-- != 0) {
      break;
    }
  }
  if (width == 0 || !is_within(below, width - 1)) {
    return fail(Code::OutOfRange, "the value does not fit into {} bits", width);
  }
  Bytes result = cut(number.value, width);
  negate(result, width);
  return result;
}

Result<KeyValue> make_key_value(const Value& value, MatchKind match_kind, uint32_t width) {
  switch (match_kind) {
    case MatchKind::Exact: return make_exact(value, width);
    case MatchKind::Lpm: return make_lpm(value, width);
    case MatchKind::Range: return make_range(value, width);
    case MatchKind::Optional: return make_optional(value, width);
    case MatchKind::Ternary: break;
  }
  OR_ASSIGN(TernaryValue ternary, value_and_mask(value, width));
  return ternary;
}

KeyValue value_not_given(MatchKind match_kind, uint32_t width) {
  Bytes zeroes(byte_count(width), 0);
  switch (match_kind) {
    case MatchKind::Exact: return ExactValue{std::move(zeroes)};
    case MatchKind::Lpm: return LpmValue{.value = std::move(zeroes), .prefix_length = 0};
    case MatchKind::Range: return RangeValue{.low = std::move(zeroes), .high = ones(width)};
    case MatchKind::Optional: return OptionalValue{};
    case MatchKind::Ternary: break;
  }
  Bytes mask = zeroes;
  return TernaryValue{.value = std::move(zeroes), .mask = std::move(mask)};
}

}  // namespace outrigger::stf
