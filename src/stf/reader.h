// reader.h: the text of a script → its commands, or everything that is wrong with it.
#pragma once

#include <string_view>
#include <vector>

#include "stf/problem.h"
#include "stf/script.h"

namespace outrigger::stf {

struct Reading {
  Script script;                // the lines that could be read
  std::vector<Problem> errors;  // none: the script is whole. One a line at most, errors_max in all.
};

// Takes any bytes. Sizes are limited in limits.h.
[[nodiscard]] Reading read_script(std::string_view text);

}  // namespace outrigger::stf
