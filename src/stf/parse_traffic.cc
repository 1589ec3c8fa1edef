// parse_traffic.cc: `packet`, `expect` and `check_counter`.
#include <fmt/format.h>

#include <cctype>
#include <string>
#include <utility>

#include "base/result.h"
#include "stf/command_parser.h"
#include "stf/limits.h"

namespace outrigger::stf {

namespace {

constexpr std::string_view data_form = "Packets are written in hexadecimal digits; spaces between them are free.";

// Digits and `*` up to `$` or the end, in small letters.
Checked<std::string> parse_nibbles(LineCursor& line) {
  std::string nibbles;
  if (!line.take("0x")) {
    (void)line.take("0X");
  }
  const uint32_t column = line.column();
  const std::string_view text = line.rest();
  size_t length = 0;
  for (; length < text.size() && text[length] != '$'; ++length) {
    const auto character = static_cast<unsigned char>(text[length]);
    if (std::isxdigit(character) != 0 || character == '*') {
      nibbles += static_cast<char>(std::tolower(character));
    } else if (character != ' ' && character != '\t' && character != '\r') {
      return complain(column + static_cast<uint32_t>(length),
                      fmt::format("{} is not a hexadecimal digit", quoted(text.substr(length, 1))),
                      std::string(data_form));
    }
  }
  if (nibbles.size() > packet_bytes_max * 2) {
    return complain(column, fmt::format("a packet has at most {} bytes", packet_bytes_max));
  }
  (void)line.take(text.substr(0, length));
  return nibbles;
}

uint8_t nibble(char character) {
  return static_cast<uint8_t>(character <= '9' ? character - '0' : character - 'a' + 10);
}

Checked<Comparison> parse_comparison(LineCursor& line) {
  struct Spelling {
    std::string_view text;
    Comparison comparison;
  };
  // Those of two characters first: `<` begins `<=`.
  constexpr Spelling spellings[] = {{"==", Comparison::Equal},       {"!=", Comparison::NotEqual},
                                    {"<=", Comparison::LessOrEqual}, {">=", Comparison::GreaterOrEqual},
                                    {"<", Comparison::Less},         {">", Comparison::Greater}};
  for (const Spelling& spelling : spellings) {
    if (line.take(spelling.text)) {
      return spelling.comparison;
    }
  }
  return complain(line.column(), "a comparison is expected", "It is one of ==, !=, <, <=, >, >=.");
}

Checked<std::variant<uint64_t, Name>> parse_cell(LineCursor& line) {
  if (!line.is_at_end() && std::isdigit(static_cast<unsigned char>(line.rest()[0])) != 0) {
    OR_ASSIGN(const uint64_t index, line.take_uint64("the counter's index"));
    return index;
  }
  OR_ASSIGN(Name handle, line.take_name("the counter's index or the $HANDLE of an entry"));
  if (handle.text.starts_with('$')) {
    handle.text.erase(0, 1);
  }
  return handle;
}

}  // namespace

Checked<AnyCommand> parse_packet(LineCursor& line) {
  Packet packet;
  OR_ASSIGN(packet.port, line.take_uint32("the port"));
  const uint32_t column = line.column();
  OR_ASSIGN(const std::string nibbles, parse_nibbles(line));
  (void)line.take("$");  // it says nothing here, but some write it
  OR_TRY(line.expect_end());
  if (nibbles.size() % 2 != 0) {
    return complain(column, fmt::format("the packet has {} digits, half a byte too many or too few", nibbles.size()));
  }
  if (nibbles.find('*') != std::string::npos) {
    return complain(column, "a packet that is sent has no wildcards", "Give every digit.");
  }
  for (size_t i = 0; i < nibbles.size(); i += 2) {
    packet.bytes.push_back(static_cast<uint8_t>(nibble(nibbles[i]) << 4U | nibble(nibbles[i + 1])));
  }
  return packet;
}

Checked<AnyCommand> parse_expect(LineCursor& line) {
  Expect expect;
  OR_ASSIGN(expect.port, line.take_uint32("the port"));
  if (line.is_at_end()) {
    return expect;
  }
  PacketPattern pattern;
  OR_ASSIGN(pattern.nibbles, parse_nibbles(line));
  pattern.is_whole = line.take("$");
  OR_TRY(line.expect_end());
  expect.pattern = std::move(pattern);
  return expect;
}

Checked<AnyCommand> parse_check_counter(LineCursor& line) {
  CheckCounter check;
  OR_ASSIGN(check.counter, line.take_name("the counter's name"));
  const bool has_parenthesis = line.take("(");
  OR_ASSIGN(check.cell, parse_cell(line));
  if (has_parenthesis && !line.take(")")) {
    return complain(line.column(), "`)` is missing behind the counter's index");
  }
  if (line.is_at_end()) {
    return check;
  }
  CounterCondition condition;
  LineCursor ahead = line;
  std::string unit(ahead.take_word());
  for (char& character : unit) {
    character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  }
  if (unit == "packets" || unit == "bytes") {
    condition.unit = unit == "bytes" ? CounterUnit::ByteCount : CounterUnit::PacketCount;
    line = ahead;
  } else if (!unit.empty()) {
    return complain(line.column(), fmt::format("{}: a counter counts packets or bytes", quoted(unit)),
                    "check_counter NAME(INDEX) packets == N is the form.");
  }
  OR_ASSIGN(condition.comparison, parse_comparison(line));
  OR_ASSIGN(condition.value, line.take_uint64("the count"));
  OR_TRY(line.expect_end());
  check.condition = condition;
  return check;
}

}  // namespace outrigger::stf
