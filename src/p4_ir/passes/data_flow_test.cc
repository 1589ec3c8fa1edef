// The passes copy_propagation and dead_assignments; and all passes together.
#include "p4_ir/passes/observed.h"
#include "p4_ir/passes/pass_test.h"

namespace outrigger::p4_ir {
namespace {

using testing::HasSubstr;
using testing::Not;

const PassNames copies = {"copy_propagation"};
const PassNames dead = {"dead_assignments"};

TEST(CopyPropagation, constants_and_copies_are_read_where_they_come_from) {
  EXPECT_EQ(control_after(copies, "bit<8> t = hdr.x; bit<8> k = 3; hdr.y = t + k;"),
            "  C.t = c.hdr.x\n  C.k = 8w0x3\n  c.hdr.y = (c.hdr.x + 8w0x3)\n");
}

TEST(CopyPropagation, a_copy_ends_when_either_side_changes) {
  EXPECT_THAT(control_after(copies, "bit<8> t = hdr.x; hdr.x = 9; hdr.y = t;"), HasSubstr("c.hdr.y = C.t\n"));
  EXPECT_THAT(control_after(copies, "bit<8> t = hdr.x; t = t + 1; hdr.y = t;"), HasSubstr("c.hdr.y = C.t\n"));
}

TEST(CopyPropagation, what_one_branch_changes_is_not_known_after_it) {
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; if (hdr.x == 1) { t = 2; } hdr.y = t;"),
              HasSubstr("c.hdr.y = C.t\n"));
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; if (hdr.x == 1) { hdr.y = 2; } hdr.y = t;"),
              HasSubstr("c.hdr.y = 8w0x1\n"));
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; if (hdr.x == 1) { t = 2; return; } hdr.y = t;"),
              HasSubstr("c.hdr.y = 8w0x1\n"));
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; switch (hdr.x) { 1: { t = 2; } } hdr.y = t;"),
              HasSubstr("c.hdr.y = C.t\n"));
}

TEST(CopyPropagation, a_branch_knows_what_it_was_taken_for) {
  EXPECT_THAT(control_after(copies, "if (hdr.h.isValid()) { if (hdr.h.isValid()) { hdr.y = 1; } }"),
              HasSubstr("if 1w0x1"));
  EXPECT_THAT(control_after(copies, "if (hdr.h.isValid()) { hdr.y = 1; } else if (hdr.h.isValid()) { hdr.y = 2; }"),
              HasSubstr("if 1w0x0"));
  EXPECT_THAT(control_after(copies, "if (hdr.h.isValid()) { hdr.h.setInvalid(); if (hdr.h.isValid()) { hdr.y = 1; } }"),
              HasSubstr("if 1w0x0"));
  EXPECT_THAT(control_after(copies, "if (hdr.x == 4) { hdr.y = hdr.x; }"), HasSubstr("c.hdr.y = 8w0x4\n"));
  EXPECT_THAT(control_after(copies, "if (hdr.x != 4) { return; } hdr.y = hdr.x;"), HasSubstr("c.hdr.y = 8w0x4\n"));
}

TEST(CopyPropagation, calls_end_what_they_may_change) {
  const std::string action = "action f() { hdr.x = 7; }";
  EXPECT_THAT(control_after(copies, "hdr.x = 1; f(); hdr.y = hdr.x;", action), HasSubstr("c.hdr.y = c.hdr.x\n"));
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; f(); hdr.y = t;", action), HasSubstr("c.hdr.y = 8w0x1\n"));
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; change(t); hdr.y = t;"), HasSubstr("c.hdr.y = C.t\n"));
  // The host may set what it can see.
  EXPECT_THAT(control_after(copies, "hdr.x = 1; note(8w1); hdr.y = hdr.x;"), HasSubstr("c.hdr.y = c.hdr.x\n"));
  EXPECT_THAT(control_after(copies, "hdr.x = 1; t.apply(); hdr.y = hdr.x;",
                            action + " table t { actions = { f; } default_action = f; }"),
              HasSubstr("c.hdr.y = c.hdr.x\n"));
}

TEST(CopyPropagation, a_loop_knows_what_it_does_not_change) {
  const std::string text = control_after(
      copies, "bit<8> k = 2; bit<8> t = 0; for (bit<8> i = 0; i < 4; i = i + 1) { t = t + k; } hdr.y = t; hdr.x = k;");
  EXPECT_THAT(text, HasSubstr("C.t = (C.t + 8w0x2)"));
  EXPECT_THAT(text, HasSubstr("c.hdr.y = C.t\n"));
  EXPECT_THAT(text, HasSubstr("c.hdr.x = 8w0x2\n"));
}

TEST(CopyPropagation, an_extracted_header_is_valid) {
  EXPECT_THAT(
      parser_after(copies, R"(state start { packet.extract(hdr.h); bool b = hdr.h.isValid(); hdr.x = b ? 8w1 : 0;
              transition accept; })"),
      HasSubstr("p.hdr.x = 8w0x1\n"));
}

TEST(CopyPropagation, what_an_extern_is_given_stays_itself) {
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; note(t);"), HasSubstr("note(C.t)"));
  EXPECT_THAT(control_after(copies, "bit<8> t = 1; note(t + 1);"), HasSubstr("note(8w0x2)"));
}

TEST(DeadAssignments, what_nobody_reads_is_not_written) {
  EXPECT_EQ(control_after(dead, "bit<8> t = hdr.x; bit<8> u = t + 1; u = u + 1; hdr.y = 1;"), "  c.hdr.y = 8w0x1\n");
  EXPECT_THAT(control_after(dead, "bit<8> t = hdr.x; note(t);"), HasSubstr("C.t = c.hdr.x"));
}

TEST(DeadAssignments, only_the_last_of_two_counts) {
  EXPECT_EQ(control_after(dead, "hdr.x = 1; hdr.x = 2;"), "  c.hdr.x = 8w0x2\n");
  EXPECT_EQ(control_after(dead, "hdr.x = 1; hdr.x = hdr.x + 2;"), "  c.hdr.x = 8w0x1\n  c.hdr.x = (c.hdr.x + 8w0x2)\n");
}

TEST(DeadAssignments, what_is_seen_in_between_stays) {
  for (const char* between : {"note(8w1);", "if (hdr.y == 1) { return; }", "if (hdr.x == 1) { hdr.y = 2; }", "f();"}) {
    EXPECT_THAT(
        control_after(dead, std::string("hdr.x = 1; ") + between + " hdr.x = 2;", "action f() { hdr.y = hdr.x; }"),
        HasSubstr("c.hdr.x = 8w0x1\n"))
        << between;
  }
  EXPECT_THAT(parser_after(dead, "state start { hdr.x = 1; packet.extract(hdr.h); hdr.x = 2; transition accept; }"),
              HasSubstr("p.hdr.x = 8w0x1\n"));
}

TEST(DeadAssignments, a_hit_that_nobody_asks_for) {
  const std::string text = control_after(dead, "bool h = t.apply().hit;", "table t { actions = { NoAction; } }");
  EXPECT_EQ(text, "  apply C.t\n");
}

TEST(Passes, what_an_architecture_sees_is_the_parameters_of_blocks) {
  const auto program = passed("state start { transition accept; }", "", "bit<8> t = 1; hdr.x = t;", {});
  const std::vector<bool> observed = observed_variables(*program);
  EXPECT_TRUE(observed[index_of(*program->find_variable("c.hdr.x"))]);
  EXPECT_TRUE(observed[index_of(*program->find_variable("c.hdr.h.$valid"))]);
  EXPECT_TRUE(observed[index_of(program->parser_error)]);
  EXPECT_FALSE(observed[index_of(*program->find_variable("C.t"))]);
  program->blocks.front().parameters.clear();
  EXPECT_TRUE(observed_variables(*program)[index_of(*program->find_variable("C.t"))]);
}

TEST(Passes, together_they_leave_what_is_to_be_done) {
  const auto program = passed("state start { transition accept; }", R"(
    action add(inout bit<8> to, in bit<8> what) { bit<8> sum = to + what; to = sum; })",
                              "bit<8> one = 1; if (one == 1) { add(hdr.x, one); } else { hdr.y = 9; }", {});
  uint32_t told = 0;
  const auto after =
      optimised(*program, {.verifies = true, .after = [&](const Pass&, uint32_t, const Program&) { ++told; }});
  EXPECT_EQ(body_of(*after, "procedure C "), "  C.add.sum = (c.hdr.x + 8w0x1)\n  c.hdr.x = C.add.sum\n");
  EXPECT_EQ(told % pass_list().size(), 0U);
  EXPECT_GT(told, 0U);
  EXPECT_THAT(to_text(*program), HasSubstr("call C.add"));  // the original is as it was
}

TEST(Passes, are_found_by_their_names) {
  for (const Pass& pass : pass_list()) {
    EXPECT_EQ(find_pass(pass.name)->run, pass.run);
  }
  EXPECT_EQ(find_pass("ast"), nullptr);
}

}  // namespace
}  // namespace outrigger::p4_ir
