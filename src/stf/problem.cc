// Problem: how it is shown.
#include "stf/problem.h"

#include <fmt/format.h>

#include <utility>

namespace outrigger::stf {

std::unexpected<Problem> complain(uint32_t column, std::string what, std::string remedy) {
  return std::unexpected(Problem{.line = 0, .column = column, .what = std::move(what), .remedy = std::move(remedy)});
}

std::string to_text(const Problem& problem, std::string_view file) {
  std::string text(file);
  if (problem.line != 0) {
    text += fmt::format(":{}", problem.line);
  }
  if (problem.line != 0 && problem.column != 0) {
    text += fmt::format(":{}", problem.column);
  }
  text += fmt::format(": error: {}\n", problem.what);
  if (!problem.remedy.empty()) {
    text += fmt::format("  {}\n", problem.remedy);
  }
  return text;
}

std::string quoted(std::string_view text) {
  constexpr size_t shown_max = 60;
  std::string shown = "'";
  for (const char character : text.substr(0, shown_max)) {
    if (character >= ' ' && character <= '~') {
      shown += character;
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(character));
    }
  }
  return shown + (text.size() > shown_max ? "…'" : "'");
}

}  // namespace outrigger::stf
