// Statements, in the places where they may be.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

TEST(Statements, S12_1_Assignments) {
  const std::string good = in_action("p = 1; p = p + 1; s.h = { 1, 2 }; s = { 1, true, { 1, 2 } }; p[3:0] = 4;");
  const std::string compound = in_action("p += 1; p <<= 2; p |+|= 3; s.h.b &= 0xFF;");
  const std::string wrong = in_action("p = true;");
  const std::string constant = in_action("3 = p;");
  const std::string in = "control C(in bit<8> p) { apply { p = 1; } }";
  const std::string compound_type = in_action("p += true;");
  const std::string compound_in = "control C(in bit<8> p) { apply { p += 1; } }";
  const std::string width = in_action("p = s.h.b;");
  run_cases({
      {good, ""},
      {compound, ""},
      {wrong, "right side of the assignment"},
      {in, "'p'"},
      {compound_in, "'p'"},
      {width, "right side of the assignment"},
  });
  EXPECT_NE(errors_with_core(constant), "");
  EXPECT_NE(errors_with_core(compound_type), "");
}

TEST(Statements, S12_4_ReturnAndExit) {
  const std::string in_apply_return = in_apply("if (p == 1) { return; } exit;");
  const std::string value = in_apply("return 1;");
  const std::string parser_return = in_parser("state start { if (s.flag) { return; } transition accept; }");
  const std::string parser_exit = in_parser("state start { if (s.flag) { exit; } transition accept; }");
  run_cases({
      {in_apply_return, ""},
      {value, "only functions return values"},
  });
  EXPECT_NE(errors_with_core(parser_return), "");
  EXPECT_NE(errors_with_core(parser_exit), "");
}

TEST(Statements, S12_6_Conditions) {
  const std::string good = in_apply("if (s.flag) p = 1; else if (p == 2) { p = 3; } else p = 4;");
  const std::string number = in_apply("if (p) p = 1;");
  run_cases({{good, ""}, {number, "the condition of 'if'"}});
  std::string chain = "if (p == 0) { p = 1; }";
  for (int i = 0; i < 300; ++i) {
    chain += " else if (p == 1) { p = 2; }";
  }
  EXPECT_EQ(errors_with_core(in_apply(chain)), "");
}

TEST(Statements, S12_7_SwitchOnValues) {
  const std::string good = in_apply("switch (p) { 1: { p = 2; } 2: 3: { p = 3; } default: {} }");
  const std::string enums =
      "enum E { a, b } control C(in E e, in error x) { apply { switch (e) { E.a: {} E.b: {} } "
      "switch (x) { error.NoError: {} default: {} } } }";
  const auto numbers = [](const std::string& cases) {
    return "enum bit<8> E { a = 1, b = 2 } enum bit<8> F { a = 4 } control C(in E e) { apply { switch (e) { " + cases +
           " } } }";
  };
  const std::string twice = in_apply("switch (p) { 1: {} 8w1: {} }");
  const std::string type = in_apply("switch (p) { true: {} }");
  const std::string unknown = in_apply("switch (p) { s.x: {} }");
  const std::string middle = in_apply("switch (p) { default: {} 1: {} }");
  const std::string defaults = in_apply("switch (p) { default: {} default: {} }");
  const std::string header = in_apply("switch (s.h) { default: {} }");
  run_cases({
      {good, ""},
      {enums, ""},
      {numbers("E.a: {} 2: {} 8w3: {} F.a: {} default: {}"), ""},
      {numbers("E.a: {} 1: {}"), "has the value"},
      {numbers("E.a: {} true: {}"), "a label"},
      {twice, "has the value 8w1 twice"},
      {type, "a label"},
      {unknown, "a label is not known at compile time"},
      {middle, "'default' is not the last label"},
      {defaults, "more than one 'default'"},
      {header, "'switch' cannot be on a value of type 'Test_h'"},
  });
}

TEST(Statements, S12_7_SwitchOnActions) {
  const std::string table =
      "action a() {} action b() {} table t { key = { s.x : exact; } actions = { a; b; } "
      "default_action = a; }";
  const auto with = [&](const std::string& cases) {
    return in_apply("switch (t.apply().action_run) { " + cases + " }", table);
  };
  const std::string good = with("a: b: { p = 1; } default: { p = 2; }");
  const std::string implied =
      in_apply("switch (t.apply().action_run) { NoAction: { p = 1; } }", "table t { actions = {} }");
  const std::string other = with("NoAction: {}");
  const std::string twice = with("a: {} a: {}");
  const std::string number = with("1: {}");
  const std::string in_an_action =
      "control C(inout Test_s s) { " + table + " action d() { switch (t.apply().action_run) { a: {} } } apply {} }";
  run_cases({
      {good, ""},
      {implied, ""},
      {other, "'NoAction' is not an action of table 't'"},
      {twice, "has 'a' twice"},
      {number, "a label is not the name of an action"},
  });
  EXPECT_NE(errors_with_core(in_an_action), "");
}

TEST(Statements, S12_8_Loops) {
  const std::string good = in_apply("for (bit<8> i = 0; i < 4; i = i + 1) { p = p + i; if (p == 3) break; }");
  const std::string range = in_apply("for (bit<8> i in 1 .. 4) { p = p + i; continue; }");
  const std::string outer = in_apply("bit<8> i; for (i in 1 .. p) { p = i; }");
  const std::string stack = "control C(inout Test_h[4] hs) { apply { for (Test_h h in hs) { hs[0] = h; } } }";
  const std::string list = in_apply("for (bit<8> i in (list<bit<8>>){1, 2, 3}) { p = i; }");
  const std::string condition = in_apply("for (bit<8> i = 0; i; i = i + 1) { }");
  const std::string stray = in_apply("break;");
  const std::string stray2 = in_apply("continue;");
  const std::string element = "control C(inout Test_h[4] hs) { apply { for (bit<8> h in hs) { } } }";
  const std::string thing = in_apply("for (bit<8> i in p) { }");
  const std::string kind = in_apply("for (bool i in 1 .. 4) { }");
  run_cases({
      {good, ""},
      {range, ""},
      {outer, ""},
      {stack, ""},
      {list, ""},
      {condition, "the condition of 'for'"},
      {stray, "'break' is outside of any loop"},
      {stray2, "'continue' is outside of any loop"},
      {element, "the elements have the type 'Test_h'"},
      {thing, "a loop cannot go over a value of type 'bit<8>'"},
      {kind, "a range cannot give values of type 'bool'"},
  });
}

TEST(Statements, S13_Parsers) {
  const std::string good = in_parser(
      "bit<8> v; const bit<8> k = 3; Plain() e; value_set<bit<8>>(4) vs;"
      "state start { q.extract(s.h); bit<8> w = e.get(); if (w == k) { v = w; } transition select(s.h.a, v) "
      "{ (1, 2): next; (vs, _): accept; (3 .. 4, 5 &&& 7): reject; default: next; } }"
      "state next { transition accept; }");
  const std::string start = in_parser("state begin { transition accept; }");
  const std::string reserved = in_parser("state start { transition accept; } state accept { transition reject; }");
  const std::string twice =
      in_parser("state start { transition a; } state a { transition accept; } state a { transition accept; }");
  const std::string local = in_parser("bit<8> a; state start { transition a; } state a { transition accept; }");
  const std::string unknown = in_parser("state start { transition nowhere; }");
  const std::string unknown_case = in_parser("state start { transition select(s.x) { 1: nowhere; _: accept; } }");
  const std::string number = in_parser("state start { transition select(1) { 1: accept; } }");
  const std::string header = in_parser("state start { transition select(s.h) { _: accept; } }");
  const std::string table = "control T() { table t { actions = {} } apply {} } parser P() { state start { } }";
  run_cases({
      {good, ""},
      {table, ""},
      {start, "parser 'P' has no state 'start'"},
      {reserved, "state 'accept' is declared"},
      {twice, "'a' is declared twice"},
      {local, "'a' is declared twice"},
      {unknown, "parser 'P' has no state 'nowhere'"},
      {unknown_case, "parser 'P' has no state 'nowhere'"},
      {number, "without a width"},
      {header, "'select' cannot be on a value of type 'Test_h'"},
  });
  const std::string warnings =
      warnings_with_core(in_parser("state start { transition select(s.x) { _: accept; 1: reject; } } state lost { }"));
  EXPECT_NE(warnings.find("[unreachable-case]"), std::string::npos) << warnings;
  EXPECT_NE(warnings.find("[unreachable-state]"), std::string::npos) << warnings;
  EXPECT_NE(warnings.find("[missing-transition]"), std::string::npos) << warnings;
}

}  // namespace
}  // namespace outrigger::p4
