// For tests of the checker: small programs, and what is wrong with them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "p4/check/checker.h"
#include "p4/parser.h"

namespace outrigger::p4 {

// What most programs of tests start with: as much of core.p4 as they need, and a small architecture.
inline constexpr std::string_view test_core = R"(
error { NoError, NoMatch }
match_kind { exact, ternary, lpm }
extern packet_in { void extract<T>(out T hdr); T lookahead<T>(); void advance(in bit<32> size); bit<32> length(); }
extern packet_out { void emit<T>(in T hdr); }
extern void verify(in bool check, in error to_signal);
action NoAction() {}
extern Register<T> { Register(bit<32> size); T read(in bit<32> index); void write(in bit<32> index, in T value); }
extern Plain { Plain(); bit<8> get(); }
header Test_h { bit<8> a; bit<16> b; }
struct Test_s { bit<8> x; bool flag; Test_h h; }
)";

// The diagnostics of a program, each as a line "severity: what"; an empty text: none.
inline std::string diagnostics_of(std::string_view text, bool with_warnings) {
  const SourceText source = SourceText::from_text("test.p4", std::string(text));
  Diagnostics diagnostics;
  Program program;
  TypeTable types;
  ValueTable values;
  parse(source, program, diagnostics);
  if (!diagnostics.has_errors()) {
    Checker(program, types, values, diagnostics).run();
  }
  std::string all;
  for (const Diagnostic& one : diagnostics.all()) {
    if (one.severity == Severity::Error) {
      all += "error: " + one.what + "\n";
    } else if (with_warnings) {
      all += "warning [" + one.rule + "]: " + one.what + "\n";
    }
  }
  return all;
}

// The errors only. Of a text alone, and of one behind test_core.
inline std::string errors_of(std::string_view text) { return diagnostics_of(text, false); }
inline std::string errors_with_core(std::string_view text) { return errors_of(std::string(test_core).append(text)); }
inline std::string warnings_with_core(std::string_view text) {
  return diagnostics_of(std::string(test_core).append(text), true);
}

// One program behind test_core, and a part of the one error that it has; none: it is right.
struct CheckCase {
  std::string_view text;
  std::string_view error;
};

inline void run_cases(const std::vector<CheckCase>& cases) {
  for (const CheckCase& one : cases) {
    const std::string errors = errors_with_core(one.text);
    if (one.error.empty()) {
      EXPECT_EQ(errors, "") << one.text;
      continue;
    }
    EXPECT_NE(errors.find(one.error), std::string::npos) << one.text << "\nwanted: " << one.error << "\n" << errors;
    EXPECT_EQ(errors.find("\n"), errors.size() - 1) << "more than one error\n" << one.text << "\n" << errors;
  }
}

// Statements inside an action, and inside a control's apply block.
inline std::string in_action(std::string_view statements) {
  return "control C(inout bit<8> p, inout Test_s s) { action a() { " + std::string(statements) + " } apply {} }";
}
inline std::string in_apply(std::string_view statements, std::string_view locals = "") {
  return "control C(inout bit<8> p, inout Test_s s) { " + std::string(locals) + " apply { " + std::string(statements) +
         " } }";
}
// Properties of a table with a key s.x, in a control that has some actions.
inline std::string in_table(std::string_view properties, std::string_view key = "s.x : exact;") {
  return "control C(inout bit<8> p, inout Test_s s) { action a() {} action b(bit<8> d) { p = d; } "
         "action c(inout bit<8> v, bit<8> d) { v = d; } action e(in bit<8> v) {} table t { key = { " +
         std::string(key) + " } " + std::string(properties) + " } apply { t.apply(); } }";
}
// A parser's states.
inline std::string in_parser(std::string_view body) {
  return "parser P(packet_in q, out Test_s s) { " + std::string(body) + " }";
}

}  // namespace outrigger::p4
