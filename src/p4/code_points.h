// One code point after the other of a text that need not be UTF-8: for columns, and for what a terminal is shown.
#pragma once

#include "base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrigger::p4 {

struct CodePoint {
  uint32_t value = 0;  // of a byte that is not UTF-8: the byte
  uint32_t bytes = 1;
  bool is_valid = true;
};

// The one at `at`, which is within `text`.
[[nodiscard]] constexpr CodePoint code_point_at(std::string_view text, size_t at) noexcept {
  const auto first = static_cast<uint8_t>(text[at]);
  const int following = utf8_detail::following_bytes(first);
  const CodePoint invalid{first, 1, false};
  if (following < 0 || text.size() - at <= static_cast<size_t>(following)) {
    return following == 0 ? CodePoint{first, 1, true} : invalid;
  }
  uint32_t value = following == 0 ? first : first & (0x3FU >> static_cast<uint32_t>(following));
  for (size_t k = 1; k <= static_cast<size_t>(following); ++k) {
    const auto next = static_cast<uint8_t>(text[at + k]);
    if ((next & 0xC0U) != 0x80) {
      return invalid;
    }
    value = value << 6U | (next & 0x3FU);
  }
  return utf8_detail::is_scalar(value, following) ? CodePoint{value, static_cast<uint32_t>(following) + 1, true}
                                                  : invalid;
}

// How many there are.
[[nodiscard]] constexpr uint32_t count_code_points(std::string_view text) noexcept {
  uint32_t count = 0;
  for (size_t at = 0; at < text.size(); at += code_point_at(text, at).bytes) {
    ++count;
  }
  return count;
}

}  // namespace outrigger::p4
