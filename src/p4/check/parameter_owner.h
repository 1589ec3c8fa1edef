// Whose parameters are being checked: P4-16 allows other types, directions and defaults for each (§6.8, appendix
// "Restrictions on compile time and run time calls").
#pragma once

#include <cstdint>
#include <string_view>

namespace outrigger::p4 {

enum class ParameterOwner : uint8_t {
  Function,
  ExternFunction,
  Method,
  Action,
  Parser,
  ParserType,  // a parser without a body
  Control,
  ControlType,
  ExternConstructor,
  ParserConstructor,
  ControlConstructor,
  Package,
};

// As a diagnostic names it: "a function", "a parser's constructor".
std::string_view to_text(ParameterOwner owner) noexcept;
// Are its arguments evaluated when something is instantiated?
bool is_constructor(ParameterOwner owner) noexcept;

}  // namespace outrigger::p4
