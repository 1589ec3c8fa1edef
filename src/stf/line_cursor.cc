// LineCursor: words, names and numbers of a line.
#include "stf/line_cursor.h"

#include <fmt/format.h>

#include <cctype>
#include <string>
#include <utility>

#include "stf/limits.h"

namespace outrigger::stf {

namespace {

constexpr size_t ethernet_address_characters = 17;

bool is_space(char character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\v' || character == '\f';
}

size_t length_without_comment(std::string_view line) {
  bool is_quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      is_quoted = !is_quoted;
    } else if (line[i] == '#' && !is_quoted) {
      return i;
    }
  }
  return line.size();
}

bool ends_word(std::string_view rest) {
  constexpr std::string_view punctuation = ":(),=\"/<>!|";
  return is_space(rest[0]) || punctuation.find(rest[0]) != std::string_view::npos || rest.starts_with("..") ||
         rest.starts_with("->") || rest.starts_with("&&&");
}

}  // namespace

LineCursor::LineCursor(std::string_view line) : line_(line.substr(0, length_without_comment(line))) {}

void LineCursor::skip_spaces() {
  while (at_ < line_.size() && is_space(line_[at_])) {
    ++at_;
  }
}

bool LineCursor::is_at_end() {
  skip_spaces();
  return at_ == line_.size();
}

uint32_t LineCursor::column() {
  skip_spaces();
  return static_cast<uint32_t>(at_ + 1);
}

std::string_view LineCursor::rest() {
  skip_spaces();
  return line_.substr(at_);
}

bool LineCursor::sees(std::string_view text) { return rest().starts_with(text); }

bool LineCursor::take(std::string_view text) {
  if (!sees(text)) {
    return false;
  }
  at_ += text.size();
  return true;
}

std::string_view LineCursor::take_word() {
  const std::string_view from = rest();
  size_t length = 0;
  bool may_close = true;  // once no bracket closes, none does further on
  while (length < from.size() && !ends_word(from.substr(length))) {
    // A slice has a colon inside: `hdr.h.f[7:4]`.
    const bool is_open = from[length] == '[' && may_close;
    const size_t close = is_open ? from.find(']', length) : std::string_view::npos;
    may_close = may_close && (!is_open || close != std::string_view::npos);
    length = close == std::string_view::npos ? length + 1 : close + 1;
  }
  at_ += length;
  return from.substr(0, length);
}

Checked<Name> LineCursor::take_name(std::string_view what) {
  const uint32_t where = column();
  std::string_view text;
  if (take("\"")) {
    const size_t close = line_.find('"', at_);
    if (close == std::string_view::npos) {
      return complain(where, "a quotation mark is not closed");
    }
    text = line_.substr(at_, close - at_);
    at_ = close + 1;
  } else {
    text = take_word();
  }
  if (text.empty()) {
    return is_at_end() ? complain(where, fmt::format("{} is missing", what))
                       : complain(where, fmt::format("{} is expected, not {}", what, quoted(rest().substr(0, 1))));
  }
  if (text.size() > name_bytes_max) {
    return complain(where, fmt::format("a name has at most {} characters", name_bytes_max));
  }
  return Name{.text = std::string(text), .column = where};
}

bool LineCursor::sees_ethernet_address() {
  const std::string_view text = rest();
  if (text.size() < ethernet_address_characters) {
    return false;
  }
  for (size_t i = 0; i < ethernet_address_characters; ++i) {
    if (i % 3 == 2 ? text[i] != ':' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return text.size() == ethernet_address_characters || ends_word(text.substr(ethernet_address_characters));
}

Checked<Number> LineCursor::take_number(std::string_view what) {
  const uint32_t where = column();
  std::string_view text;
  if (sees_ethernet_address()) {
    text = line_.substr(at_, ethernet_address_characters);
    at_ += text.size();
  } else {
    text = take_word();
  }
  if (text.empty()) {
    return is_at_end() ? complain(where, fmt::format("{} is missing", what))
                       : complain(where, fmt::format("{} is expected, not {}", what, quoted(rest().substr(0, 1))));
  }
  auto number = parse_number(text);
  if (!number.has_value()) {
    return complain(where, fmt::format("{} is expected: {}", what, number.error().what),
                    "Numbers are decimal, 0x… or 0b…; `*` stands for a digit that does not matter.");
  }
  return std::move(*number);
}

Checked<uint64_t> LineCursor::take_uint64(std::string_view what) {
  const uint32_t where = column();
  const auto number = take_number(what);
  if (!number.has_value()) {
    return std::unexpected(number.error());
  }
  const auto value = to_uint64(*number);
  if (!value.has_value()) {
    return complain(where, fmt::format("{}: {}", what, value.error().what));
  }
  return *value;
}

Checked<uint32_t> LineCursor::take_uint32(std::string_view what) {
  const uint32_t where = column();
  const auto value = take_uint64(what);
  if (!value.has_value()) {
    return std::unexpected(value.error());
  }
  if (*value > UINT32_MAX) {
    return complain(where, fmt::format("{} has at most 32 bits", what));
  }
  return static_cast<uint32_t>(*value);
}

Checked<> LineCursor::expect_end() {
  if (is_at_end()) {
    return {};
  }
  return complain(column(), fmt::format("{} is more than the command takes", quoted(rest())),
                  "One command a line; a comment begins with `#`.");
}

}  // namespace outrigger::stf
