// The passes unreachable_code, inlining and empty_statements.
#include "p4_ir/passes/pass_test.h"

namespace outrigger::p4_ir {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(UnreachableCode, nothing_follows_a_return) {
  EXPECT_EQ(control_after({"unreachable_code"}, "if (hdr.x == 1) { return; hdr.x = 2; } hdr.y = 3; return; hdr.y = 4;"),
            "  if (c.hdr.x == 8w0x1) {\n    return\n  }\n  c.hdr.y = 8w0x3\n");
  EXPECT_EQ(control_after({"unreachable_code"}, "if (hdr.x == 1) { return; } else { return; } hdr.y = 3;"),
            "  if (c.hdr.x == 8w0x1) {\n  }\n");
}

TEST(UnreachableCode, a_return_in_a_loop_stays) {
  EXPECT_THAT(control_after({"unreachable_code"}, "for (bit<8> i = 0; i < 4; i = i + 1) { hdr.x = 1; return; }"),
              HasSubstr("return"));
}

TEST(UnreachableCode, states_that_nothing_leads_to_go_away) {
  const std::string text = parser_after({"unreachable_code"}, R"(
    state lost { transition far; }
    state start { transition select(hdr.x) { 1: far; default: far; } }
    state far { packet.extract(hdr.h); transition accept; })");
  EXPECT_THAT(text, Not(HasSubstr("lost")));
  EXPECT_THAT(text, HasSubstr("8w0x1 → far"));
  EXPECT_THAT(text, HasSubstr("state far {\n    extract p.hdr.h"));
}

TEST(UnreachableCode, a_table_that_nothing_applies_stays_but_its_actions_do_nothing) {
  const auto program =
      passed("state start { transition accept; }",
             "action set(bit<8> v) { hdr.x = v; } table t { key = { hdr.x : exact; } actions = { set; } }",
             "hdr.y = 1;", {"unreachable_code"});
  const std::string text = to_text(*program);
  EXPECT_THAT(text, HasSubstr("table C.t {"));
  EXPECT_THAT(text, HasSubstr("action C.set(bit<8> v)"));
  EXPECT_THAT(text, Not(HasSubstr("c.hdr.x = ")));
}

TEST(Inlining, what_is_called_once_stands_at_its_call) {
  EXPECT_EQ(control_after({"inlining"}, "f(); hdr.x = 2;", "action f() { hdr.y = 1; }"),
            "  c.hdr.y = 8w0x1\n  c.hdr.x = 8w0x2\n");
}

TEST(Inlining, calls_inside_of_calls) {
  EXPECT_EQ(control_after({"inlining"}, "g();", "action f() { hdr.y = 1; } action g() { f(); hdr.x = 1; }"),
            "  c.hdr.y = 8w0x1\n  c.hdr.x = 8w0x1\n");
}

TEST(Inlining, what_is_called_twice_or_by_a_table_stays) {
  const std::string f = "action f() { if (hdr.y == 0) { hdr.y = 1; } } ";
  EXPECT_THAT(control_after({"inlining"}, "f(); f();", f), HasSubstr("call C.f"));
  EXPECT_THAT(control_after({"inlining"}, "t.apply(); f();", f + "table t { actions = { f; } default_action = f; }"),
              HasSubstr("call C.f"));
}

TEST(Inlining, a_few_assignments_are_copied_to_each_call) {
  EXPECT_EQ(control_after({"inlining"}, "f(); nothing(); f(); nothing(); t.apply();",
                          "action f() { hdr.y = hdr.y + 1; } action nothing() { } "
                          "table t { actions = { f; } default_action = f; }"),
            "  c.hdr.y = (c.hdr.y + 8w0x1)\n  c.hdr.y = (c.hdr.y + 8w0x1)\n  apply C.t\n");
  const std::string nine =
      "action f() { hdr.x = 1; hdr.x = 2; hdr.x = 3; hdr.x = 4; hdr.x = 5; hdr.x = 6; "
      "hdr.x = 7; hdr.x = 8; hdr.x = 9; }";
  EXPECT_THAT(control_after({"inlining"}, "f(); f();", nine), HasSubstr("call C.f"));
}

TEST(Inlining, what_returns_early_stays) {
  EXPECT_THAT(control_after({"inlining"}, "f();", "action f() { if (hdr.x == 1) { return; } hdr.y = 1; }"),
              HasSubstr("call C.f"));
}

TEST(EmptyStatements, what_does_nothing_goes_away) {
  EXPECT_EQ(control_after({"empty_statements"}, "if (hdr.x == 1) { } switch (hdr.x) { 1: { } default: { } } f();",
                          "action f() { }"),
            "");
  EXPECT_EQ(control_after({"empty_statements"}, "hdr.x = hdr.x;"), "");
}

TEST(EmptyStatements, an_else_alone_is_turned_round) {
  EXPECT_EQ(control_after({"empty_statements"}, "if (hdr.x == 1) { } else { hdr.y = 1; }"),
            "  if (c.hdr.x != 8w0x1) {\n    c.hdr.y = 8w0x1\n  }\n");
}

TEST(EmptyStatements, a_loop_stays) {
  EXPECT_THAT(control_after({"empty_statements"}, "for (bit<8> i = 0; i < 4; i = i + 1) { }"), HasSubstr("loop"));
}

}  // namespace
}  // namespace outrigger::p4_ir
