// difference.cc: rows, marks and lengths.
#include "stf/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace outrigger::stf {

namespace {

constexpr size_t row_bytes = 16;
constexpr size_t rows_max = 16;

// Digits in pairs; what is not there are spaces.
struct Row {
  std::string expected;
  std::string got;
  std::string marks;
};

void trim(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

Row make_row(const PacketPattern& pattern, std::span<const uint8_t> packet, size_t first_nibble) {
  Row row;
  for (size_t i = first_nibble; i < first_nibble + row_bytes * 2; ++i) {
    if (i % 2 == 0 && i != first_nibble) {
      row.expected += ' ';
      row.got += ' ';
      row.marks += ' ';
    }
    const bool is_in_packet = i < packet.size() * 2;
    row.expected += i < pattern.nibbles.size() ? pattern.nibbles[i] : ' ';
    row.got += is_in_packet ? hex_digit(i % 2 == 0 ? uint32_t{packet[i / 2]} >> 4U : packet[i / 2]) : ' ';
    row.marks += pattern.matches_nibble(packet, i) ? ' ' : '^';
  }
  trim(row.expected);
  trim(row.got);
  trim(row.marks);
  return row;
}

std::string count_of_bytes(size_t nibbles) {
  return fmt::format("{}{} byte{}", nibbles / 2, nibbles % 2 == 0 ? "" : " and a half", nibbles == 2 ? "" : "s");
}

}  // namespace

std::string difference(const PacketPattern& expected, std::span<const uint8_t> got) {
  std::string text = fmt::format("expected {}{}, got {}", expected.is_whole ? "" : "at least ",
                                 count_of_bytes(expected.nibbles.size()), got.size());
  const size_t nibbles = std::max(expected.nibbles.size(), got.size() * 2);
  size_t rows = 0;
  for (size_t i = 0; i < nibbles; i += row_bytes * 2) {
    const Row row = make_row(expected, got, i);
    if (row.marks.empty()) {
      continue;
    }
    if (++rows > rows_max) {
      return text + "\n  … and further rows";
    }
    text += fmt::format("\n  {:04x}  expected  {}\n        got       {}\n                  {}", i / 2, row.expected,
                        row.got, row.marks);
  }
  return text;
}

std::string summary(std::span<const uint8_t> packet) {
  constexpr size_t shown_max = 64;
  const std::string digits = to_hex(packet.first(std::min(packet.size(), shown_max)));
  return fmt::format("{}{} ({})", digits, packet.size() > shown_max ? "…" : "", count_of_bytes(packet.size() * 2));
}

}  // namespace outrigger::stf
