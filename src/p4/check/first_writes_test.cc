// What is read, or left, before anything is written to it; and what is not warned of.
#include <gtest/gtest.h>

#include "p4/front.h"

namespace outrigger::p4 {
namespace {

// The warnings of the two rules, as "line:column text" each on its line.
std::string warned(const std::string& text) {
  const auto compilation = compile_front_text("test.p4", text, {});
  EXPECT_FALSE(compilation->diagnostics.has_errors()) << to_text(compilation->diagnostics, compilation->source);
  std::string all;
  for (const Diagnostic& diagnostic : compilation->diagnostics.all()) {
    if (diagnostic.rule.starts_with("uninitialized")) {
      const Place place = compilation->source.place(diagnostic.where);
      all += std::to_string(place.line) + ":" + std::to_string(place.column) + " " + diagnostic.what + "\n";
    }
  }
  return all;
}

std::string in_apply(const std::string& statements, const std::string& locals = "") {
  return warned("#include <core.p4>\ncontrol C(in bool f, out bit<8> y) {\n" + locals + "\napply {\n" + statements +
                "\n} }");
}

TEST(FirstWrites, AVariableIsWrittenBeforeItIsRead) {
  EXPECT_EQ(in_apply("bit<8> x; y = x;"), "5:15 'x' is read before anything is written to it\n");
  EXPECT_EQ(in_apply("bit<8> x; x += 1; y = x;"), "5:11 'x' is read before anything is written to it\n");
  EXPECT_EQ(in_apply("bool b; y = 0; if (f && b) { }"), "5:25 'b' is read before anything is written to it\n");
  EXPECT_EQ(in_apply("y = y + 1;"), "5:5 'y' is read before anything is written to it\n");
  EXPECT_EQ(in_apply("bit<8> x; x = 1; { bit<8> z; y = z; }"), "5:34 'z' is read before anything is written to it\n");
  EXPECT_EQ(in_apply("bit<8> x; y = 0; for (bit<8> i in 8w0 .. 8w3) { y = x; }"),
            "5:53 'x' is read before anything is written to it\n");
}

TEST(FirstWrites, AnyWriteInFrontCounts) {
  EXPECT_EQ(in_apply("bit<8> x; x = 1; y = x;"), "");
  EXPECT_EQ(in_apply("bit<8> x; x[3:0] = 1; y = x;"), "");
  EXPECT_EQ(in_apply("bit<8> x; if (f) { x = 1; } y = x;"), "");
  EXPECT_EQ(in_apply("bit<8> x; y = 0; for (bit<8> i in 8w0 .. 8w3) { if (i > 0) { y = x; } x = i; }"), "");
  EXPECT_EQ(in_apply("bit<8> x; y = (bit<8>)x.minSizeInBytes();"), "");
  EXPECT_EQ(warned("extern void g(out bit<8> a);\ncontrol C(out bit<8> y) { apply { bit<8> x; g(x); y = x; } }"), "");
  EXPECT_EQ(warned("void g(inout bit<8> a) { }\ncontrol C(out bit<8> y) { apply { bit<8> x; g(x); y = x; } }"), "");
  EXPECT_EQ(warned("struct S { bit<8> a; }\ncontrol C(out S s, out bit<8> y) { apply { S t; y = t.a; } }"), "");
}

TEST(FirstWrites, ActionsAndTablesRunWhereTheApplyBlockHasThem) {
  EXPECT_EQ(in_apply("t.apply(); y = x;", "bit<8> x; action a() { x = 1; } table t { actions = { a; } }"), "");
  EXPECT_EQ(
      in_apply("t.apply(); y = x;", "bit<8> x; action a(out bit<8> q) { q = 1; } table t { actions = { a(x); } }"), "");
  EXPECT_EQ(in_apply("x = 1; t.apply();", "bit<8> x; action a() { y = x; } table t { actions = { a; } }"), "");
  EXPECT_EQ(in_apply("t.apply();", "bit<8> x; action a() { y = x; } table t { actions = { a; } }"),
            "3:28 'x' is read before anything is written to it\n");
  EXPECT_EQ(in_apply("y = 0; t.apply();", "bit<8> x; action a() { } table t { key = { x: exact; } actions = { a; } }"),
            "3:44 'x' is read before anything is written to it\n");
}

TEST(FirstWrites, AnOutParameterIsNotLeft) {
  const std::string left = "nothing is written to the out parameter 'y'\n";
  EXPECT_EQ(in_apply(""), "2:33 " + left);
  EXPECT_EQ(warned("void g(out bit<8> y) { }"), "1:19 " + left);
  EXPECT_EQ(warned("void g(out bit<8> y, in bool f) { if (f) { y = 1; } }"), "");
  EXPECT_EQ(warned("control C(out bit<8> y) { action a() { y = 1; } apply { a(); } }"), "");
  EXPECT_EQ(warned("control C() { action a(out bit<8> y) { } bit<8> x; apply { a(x); } }"), "1:35 " + left);
  EXPECT_EQ(warned("#include <core.p4>\nparser P(packet_in p, out bit<8> y) { state start { transition accept; } }"),
            "2:34 " + left);
  EXPECT_EQ(warned("extern void g(out bit<8> y);\ncontrol C(out bit<8> y);"), "");
}

TEST(FirstWrites, AnAnnotationKeepsThemQuiet) {
  EXPECT_EQ(warned("@noWarn(\"uninitialized_use\") control C(out bit<8> y) { apply { bit<8> x; y = x; } }"), "");
  EXPECT_EQ(warned("@noWarn(\"uninitialized_out_param\") void g(out bit<8> y) { }"), "");
}

}  // namespace
}  // namespace outrigger::p4
