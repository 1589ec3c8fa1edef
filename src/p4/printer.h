// Prints a syntax tree as P4 again, in one fixed layout: for `--dump`, for messages, and for tests that read it back.
#pragma once

#include <string>

#include "p4/ast/program.h"

namespace outrigger::p4 {

std::string to_text(const Program& program);
std::string to_text(const Declaration& declaration);
std::string to_text(const Statement& statement);
std::string to_text(const Expression& expression);  // also what a key is called when it has no @name (§14.2.1.3)
std::string to_text(const TypeRef& type);

}  // namespace outrigger::p4
