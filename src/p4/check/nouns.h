// What diagnostics call things: nouns of declarations, and names of members.
#pragma once

#include <string>
#include <string_view>

#include "p4/ast/declaration.h"

namespace outrigger::p4 {

// "action", "type parameter", "header" …
std::string_view noun_of(const Declaration& declaration) noexcept;
// Does its name stand for a type?
bool is_type_name(const Declaration& declaration) noexcept;
// The same before its name: "action 'drop'".
std::string noun_and_name(const Declaration& declaration);
// The operator as it is written.
std::string_view symbol_of(BinaryOperator op) noexcept;
// The expression as it is written, when it is short; else `otherwise`.
std::string short_text(const Expression& expression, std::string_view otherwise);
// The same as an operand of a cast: in parentheses where it needs them.
std::string operand_text(const Expression& expression);
// What to write instead of a field that `owner`, a struct of an architecture, once had; empty where it had none.
std::string_view remedy_for_removed(const Declaration* owner, std::string_view name);
// "did you mean 'x'?", or `otherwise` when `nearest` is empty.
std::string did_you_mean(const std::string& nearest, std::string_view otherwise = {});

}  // namespace outrigger::p4
