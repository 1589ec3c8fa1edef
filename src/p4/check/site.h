// Where in a program the checker stands: P4-16's rules of what may be called, made or applied depend on it (appendix
// "Restrictions on compile-time and run-time calls").
#pragma once

#include <cstdint>

namespace outrigger::p4 {

enum class Site : uint8_t {
  TopLevel,
  Package,      // an argument of a package's instantiation
  ParserLocal,  // a declaration of a parser, before its states
  ParserState,
  ControlLocal,  // a declaration of a control, before its apply block
  ControlApply,
  Action,
  Function,
  AbstractMethod,  // the body of an abstract method that an instantiation gives
  TableKey,        // an expression of a table's key, which each apply evaluates
  TableProperty,   // entries, default action, implementation …
};

}  // namespace outrigger::p4
