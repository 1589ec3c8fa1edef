// Problem: something that is wrong with a script or with what came of it, and where. Reader, resolver and runner share
// it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace outrigger::stf {

struct Problem {
  uint32_t line = 0;    // from 1; 0: no line of the script is to blame
  uint32_t column = 0;  // from 1, in bytes; 0: the whole line
  std::string what = {};
  std::string remedy = {};  // may be empty

  friend bool operator==(const Problem&, const Problem&) = default;
};

// What reads part of a line gives; whoever knows the line fills it in.
template <typename T = void>
using Checked = std::expected<T, Problem>;

[[nodiscard]] std::unexpected<Problem> complain(uint32_t column, std::string what, std::string remedy = {});

// "FILE:LINE:COLUMN: error: what" and, on lines of their own, the rest of `what` and the remedy. Ends with a line end.
[[nodiscard]] std::string to_text(const Problem& problem, std::string_view file);

// The text between apostrophes, shortened, and with what does not print as \x...
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace outrigger::stf
