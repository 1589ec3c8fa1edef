// The lowered program as text, for `--dump` and for golden tests: one line a statement, declarations in the order of
// their numbers.
#pragma once

#include <string>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

std::string to_text(const Program& program);
std::string to_text(const Program& program, const Expression& expression);
std::string to_text(const Program& program, const Statement& statement);

}  // namespace outrigger::p4_ir
