// What programs become: golden text for what matters, and the rules that the verifier knows for all.
#include "p4_ir/lower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p4_ir/printer.h"
#include "p4_ir/verifier.h"

namespace outrigger::p4_ir {
namespace {

using testing::HasSubstr;

// An architecture of two blocks, so that a test says only what it is about.
constexpr std::string_view architecture = R"(
#include <core.p4>
parser Prs<H>(packet_in packet, out H hdr);
control Ctl<H>(inout H hdr);
package Device<H>(Prs<H> p, Ctl<H> c);
extern void note<T>(in T value);
header h_t { bit<8> a; bit<16> b; }
struct headers_t { h_t h; h_t[3] stack; bit<8> x; bit<8> y; }
)";

std::string program_of(const std::string& parser_state, const std::string& locals, const std::string& apply) {
  return std::string(architecture) + "parser P(packet_in packet, out headers_t hdr) { state start { " + parser_state +
         " } }\ncontrol C(inout headers_t hdr) { " + locals + " apply { " + apply + " } }\nDevice(P(), C()) main;\n";
}

std::string lowered(const std::string& parser_state, const std::string& locals, const std::string& apply) {
  const auto compilation = p4::compile_front_text("test.p4", program_of(parser_state, locals, apply), {});
  const auto program = lower(*compilation);
  if (program == nullptr) {
    ADD_FAILURE() << p4::to_text(compilation->diagnostics, compilation->source);
    return {};
  }
  EXPECT_EQ(verify(*program), std::vector<std::string>{});
  return to_text(*program);
}

std::string control(const std::string& apply, const std::string& locals = "") {
  const std::string text = lowered("transition accept;", locals, apply);
  const size_t begin = text.find("procedure C {\n");
  if (begin == std::string::npos) {
    const size_t exiting = text.find("procedure C may exit {\n");
    return exiting == std::string::npos ? text : text.substr(exiting, text.find("\n}", exiting) - exiting);
  }
  return text.substr(begin, text.find("\n}", begin) - begin);
}

TEST(Lower, an_assignment_of_a_header_is_one_of_its_fields_and_validity) {
  EXPECT_EQ(control("hdr.stack[1] = hdr.h;"), R"(procedure C {
  c.hdr.stack[1].a = c.hdr.h.a
  c.hdr.stack[1].b = c.hdr.h.b
  c.hdr.stack[1].$valid = c.hdr.h.$valid)");
}

TEST(Lower, a_run_time_index_is_a_choice_of_all_elements) {
  const std::string text = control("hdr.stack[hdr.x].a = hdr.y;");
  EXPECT_THAT(text, HasSubstr("C.$t = c.hdr.y\n"));
  EXPECT_THAT(text, HasSubstr("if (C.$index == 8w0x0) {\n    c.hdr.stack[0].a = C.$t"));
  EXPECT_THAT(text, HasSubstr("if (C.$index == 8w0x2) {\n    c.hdr.stack[2].a = C.$t"));
}

TEST(Lower, parts_that_change_places_are_put_aside_first) {
  const std::string text = control("hdr.h = { hdr.h.b[7:0], hdr.h.a ++ hdr.x };");
  EXPECT_THAT(text, HasSubstr("C.$t = c.hdr.h.b[7:0]"));
  EXPECT_THAT(text, HasSubstr("c.hdr.h.a = C.$t"));
}

TEST(Lower, arguments_are_copied_in_and_out_in_order) {
  const std::string text =
      control("inc(hdr.x, hdr.y);", "action inc(inout bit<8> p, out bit<8> q) { p = p + 1; q = p; }");
  const size_t in = text.find("C.inc.p = c.hdr.x");
  const size_t cleared = text.find("C.inc.q = 8w0x0");
  const size_t call = text.find("call C.inc");
  const size_t first_out = text.find("c.hdr.x = C.inc.p");
  const size_t second_out = text.find("c.hdr.y = C.inc.q");
  EXPECT_LT(in, cleared);
  EXPECT_LT(cleared, call);
  EXPECT_LT(call, first_out);
  EXPECT_LT(first_out, second_out);
  EXPECT_NE(second_out, std::string::npos);
}

TEST(Lower, exit_copies_out_on_its_way) {
  const std::string text = control("stop(hdr.x); hdr.y = 1;", "action stop(inout bit<8> p) { p = 7; exit; }");
  EXPECT_THAT(text, HasSubstr("call C.stop\n  c.hdr.x = C.stop.p\n  if $exited {\n    return\n  }"));
}

TEST(Lower, what_decides_alone_leaves_the_other_side_out) {
  const std::string text = control("if (hdr.h.isValid() && t.apply().hit) { hdr.x = 1; }", R"(
    table t { key = { hdr.x : exact; } actions = { NoAction; } })");
  EXPECT_THAT(text,
              HasSubstr("C.$and = c.hdr.h.$valid\n  if C.$and {\n    apply C.t, hit → C.$hit\n    C.$and = C.$hit"));
}

TEST(Lower, a_stack_in_a_parser_has_its_bounds) {
  const std::string text = lowered("packet.extract(hdr.stack.next); transition accept;", "", "");
  EXPECT_THAT(text, HasSubstr("verify (p.hdr.stack.$next < 32w0x3)"));
  EXPECT_THAT(text, HasSubstr("extract p.hdr.stack[2]"));
  EXPECT_THAT(text, HasSubstr("p.hdr.stack.$next = (p.hdr.stack.$next + 32w0x1)"));
}

TEST(Lower, an_entry_with_an_empty_range_goes_with_a_warning) {
  const std::string text = std::string(architecture) + R"(match_kind { range }
    parser P(packet_in packet, out headers_t hdr) { state start { transition accept; } }
    control C(inout headers_t hdr) {
      action set(bit<8> value) { hdr.x = value; }
      table t {
        key = { hdr.y : range; }
        actions = { set; }
        const default_action = set(0);
        const entries = {
          9 .. 2 : set(7);
          2 .. 9 : set(8);
        }
      }
      apply { t.apply(); }
    }
    Device(P(), C()) main;)";
  const auto compilation = p4::compile_front_text("test.p4", text, {});
  const auto program = lower(*compilation);
  const std::string said = p4::to_text(compilation->diagnostics, compilation->source);
  ASSERT_NE(program, nullptr) << said;
  EXPECT_THAT(said, HasSubstr("warning: nothing matches this entry: a range ends before it begins"));
  EXPECT_THAT(said, HasSubstr("9 .. 2 : set(7);"));
  ASSERT_EQ(program->tables.size(), 1U);
  ASSERT_EQ(program->tables.front().entries.size(), 1U);
  EXPECT_EQ(program->tables.front().entries.front().action.arguments.front().low(), 8U);
  EXPECT_EQ(program->tables.front().entries.front().priority, 1);
}

TEST(Lower, of_annotated_priorities_the_smallest_wins) {
  const auto with = [](const std::string& annotation) {
    return "action set(bit<8> v) { hdr.x = v; } table t { key = { hdr.y : ternary; } actions = { set; } "
           "const default_action = set(0); const entries = { 1 : set(1) " +
           annotation + "; 2 : set(2); } }";
  };
  const std::string text = lowered("transition accept;", with("@priority(7)"), "t.apply();");
  EXPECT_THAT(text, HasSubstr("const entry priority -7: 8w0x1 &&& 8w0xff : C.set(8w0x1)"));
  EXPECT_THAT(text, HasSubstr("const entry priority -2: 8w0x2 &&& 8w0xff : C.set(8w0x2)"));
  for (const std::string annotation : {"@priority(1, 2)", "@priority(low)", "@priority"}) {
    const auto compilation =
        p4::compile_front_text("test.p4", program_of("transition accept;", with(annotation), "t.apply();"), {});
    EXPECT_EQ(lower(*compilation), nullptr);
    const std::string said = p4::to_text(compilation->diagnostics, compilation->source);
    EXPECT_THAT(said, HasSubstr("@priority takes one number"));
  }
}

TEST(Lower, a_table_has_its_keys_actions_and_entries) {
  const std::string text = lowered("transition accept;", R"(
    action set(bit<8> v) { hdr.x = v; }
    table t {
      key = { hdr.h.a : ternary @name("first"); hdr.h.b : lpm; }
      actions = { set; NoAction; }
      const entries = { (1 &&& 3, _) : set(9); (_, 0x1200 &&& 0xff00) : NoAction(); }
    })",
                                   "t.apply();");
  EXPECT_THAT(text, HasSubstr("key c.hdr.h.a : ternary as \"first\""));
  EXPECT_THAT(text, HasSubstr("key c.hdr.h.b : lpm as \"hdr.h.b\""));
  EXPECT_THAT(text, HasSubstr("const entry priority 2: 8w0x1 &&& 8w0x3, _ : C.set(8w0x9)"));
  EXPECT_THAT(text, HasSubstr("const entry priority 1: _, 16w0x1200 &&& 16w0xff00 : NoAction()"));
  EXPECT_THAT(text, HasSubstr("default NoAction()"));
}

TEST(Lower, an_extern_of_the_program_is_called_with_its_parts) {
  EXPECT_THAT(control("note(hdr.h);"), HasSubstr("note({c.hdr.h.a, c.hdr.h.b})"));
}

TEST(Lower, a_program_without_main_is_told_so) {
  const auto compilation = p4::compile_front_text("test.p4", "const bit<8> x = 1;\n", {});
  EXPECT_EQ(lower(*compilation), nullptr);
  EXPECT_THAT(p4::to_text(compilation->diagnostics, compilation->source), HasSubstr("no 'main'"));
}

}  // namespace
}  // namespace outrigger::p4_ir
