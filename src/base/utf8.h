// Is it UTF-8 (RFC 3629)? Names that strangers choose go into protobuf strings, which take nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrigger {

namespace utf8_detail {

// Bytes that follow this first byte; -1: none begins a character so.
constexpr int following_bytes(uint8_t first) noexcept {
  if (first < 0x80) {
    return 0;
  }
  if (first < 0xC2 || first > 0xF4) {
    return -1;
  }
  return first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
}

// Not in more bytes than it needs, no half of a surrogate pair, and one of Unicode's.
constexpr bool is_scalar(uint32_t value, int following) noexcept {
  constexpr std::array<uint32_t, 4> lowest = {0, 0x80, 0x800, 0x10000};
  return value >= lowest[static_cast<size_t>(following)] && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

}  // namespace utf8_detail

[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i++]);
    const int following = utf8_detail::following_bytes(first);
    if (following < 0 || text.size() - i < static_cast<size_t>(following)) {
      return false;
    }
    uint32_t value = following == 0 ? first : first & (0x3FU >> static_cast<uint32_t>(following));
    for (int k = 0; k < following; ++k) {
      const auto next = static_cast<uint8_t>(text[i++]);
      if ((next & 0xC0U) != 0x80) {
        return false;
      }
      value = value << 6U | (next & 0x3FU);
    }
    if (!utf8_detail::is_scalar(value, following)) {
      return false;
    }
  }
  return true;
}

}  // namespace outrigger
