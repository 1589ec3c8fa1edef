// Quoting for the few places where JSON is not a message's own.
#include "api/rest/json_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrigger::api::rest {

namespace {

// Bytes of the UTF-8 character that `text` begins with; 0 when it is none.
size_t character_size(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size == 0 || size > text.size()) {
    return 0;
  }
  const auto second = size > 1 ? static_cast<unsigned char>(text[1]) : 0x80;
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_no_character = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  const bool continues = std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size),
                                     [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; });
  return continues && !is_overlong && !is_no_character ? size : 0;
}

}  // namespace

std::string quote_json(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t size = character_size(text);
    if (size == 0) {
      quoted += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    const char first = text.front();
    if (first == '"' || first == '\\') {
      quoted += {'\\', first};
    } else if (first == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(first) < 0x20 || first == 0x7f) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(first)));
    } else {
      quoted += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return quoted + "\"";
}

}  // namespace outrigger::api::rest
