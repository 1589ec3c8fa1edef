// Walks over a syntax tree: every expression under a statement, declaration or expression, in the order of the text.
//
// For passes that look for one thing everywhere: calls, instantiations, uses of a name. Recursion is bounded by the
// parser's nesting_depth_max.
#pragma once

#include <functional>
#include <span>

#include "p4/ast/declaration.h"

namespace outrigger::p4 {

// What is called before a node's children. False: its children are left out.
struct Visitor {
  std::function<bool(const Expression&)> expression = [](const Expression&) { return true; };
  std::function<bool(const Statement&)> statement = [](const Statement&) { return true; };
  std::function<bool(const Declaration&)> declaration = [](const Declaration&) { return true; };
};

// Null is nothing.
void walk(const Visitor& visitor, const Expression* expression);
void walk(const Visitor& visitor, const Statement* statement);
// A declaration with all that is inside: initial values, arguments, bodies, states, properties. Types are not walked.
void walk(const Visitor& visitor, const Declaration* declaration);
void walk_arguments(const Visitor& visitor, std::span<const Argument> arguments);

}  // namespace outrigger::p4
