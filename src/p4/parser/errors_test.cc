// Syntax errors: what they say, where they point, and that reading goes on behind them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p4/limits.h"
#include "p4/parser/parsed.h"

namespace outrigger::p4 {
namespace {

using testing::HasSubstr;

std::string errors(std::string_view text) { return Parsed(text).short_errors(); }
std::string in_apply(std::string_view statements) {
  return errors("control C(inout T t) {\napply {\n" + std::string(statements) + "\n}\n}\n");
}

TEST(SyntaxErrors, AMissingSemicolonIsTelledWhereItIsMissing) {
  EXPECT_EQ(in_apply("t.x = 5\nt.y = 6;"), "3:7 expected ';' after the statement, found 't'\n");
  EXPECT_EQ(in_apply("t.x = 5 }"), "3:9 expected ';' after the statement, found '}'\n5:1 this '}' closes nothing\n");
  EXPECT_EQ(in_apply("t.x = 5 6;\nt.y = ;"),
            "3:9 expected ';' after the statement, found '6'\n4:7 expected an expression, found ';'\n");
  EXPECT_EQ(errors("struct S { bit<8> a\nbit<8> b; }"),
            "1:19 expected ';' after the field 'a', found the keyword 'bit'\n");
}

TEST(SyntaxErrors, ReadingGoesOnBehindABracketWithAnError) {
  EXPECT_EQ(errors("const T y = { 32w0, s = 32w1 };\nconst bool b = ;"),
            "1:23 expected '}' after the list, found '='\n2:16 expected an expression, found ';'\n");
  EXPECT_EQ(errors("action b(bit<8> x)(bit<8> y) { }\nconst bool b = ;"),
            "1:19 expected '{' around the statements, found '('\n2:16 expected an expression, found ';'\n");
  EXPECT_EQ(in_apply("f(a, ); g(b, *, c) = 5;\nh(;"),
            "3:6 expected an argument after ',', found ')'\n3:14 expected an expression, found '*'\n"
            "4:3 expected an expression, found ';'\n");
}

TEST(SyntaxErrors, KeywordsAreNoNames) {
  EXPECT_EQ(errors("struct table { }\nstruct S { bit<8> action; }"),
            "1:8 expected the name of the struct, found the keyword 'table'\n"
            "2:19 expected the name of the field, found the keyword 'action'\n");
  EXPECT_THAT(Parsed("control if() { apply {} }").errors(), HasSubstr("'if' is a keyword of P4: choose another name"));
}

TEST(SyntaxErrors, AnUnbalancedBracketPointsToItsBeginning) {
  const Parsed parsed("control C() {\n  apply {\n    x = 1;\n");
  EXPECT_EQ(parsed.short_errors(), "3:10 expected '}' around the statements, found the end of the file\n");
  EXPECT_THAT(parsed.errors(), HasSubstr("a.p4:2:9: note: the '{' that it would close is here"));
  EXPECT_EQ(in_apply("t.x = (5 + 6;\nt.y = 5;"), "3:13 expected ')' after the expression, found ';'\n");
  EXPECT_EQ(in_apply("f(1, 2;\nt.y = 5;"), "3:7 expected ')' after the arguments, found ';'\n");
  EXPECT_EQ(in_apply("t[5 = 1;"), "3:5 expected ']' after the index, found '='\n");
  EXPECT_EQ(errors("const bit<8 x = 5;\n}\nconst bool b = 5 +;"),
            "1:13 expected '>' after the width, found 'x'\n2:1 this '}' closes nothing\n"
            "3:19 expected an expression, found ';'\n");
}

TEST(SyntaxErrors, ManyAreFoundInOneRun) {
  EXPECT_EQ(errors(R"(const bit<8> = 5;
header H { bit<8> ; bit<8> b; bit<> c; }
parser P(packet_in p, out) {
  state start { p.extract(; x = 5; transition select(a) { 1 accept; 2: accept; } }
  state { }
}
control C() {
  table t { key = { h.x; h.y: exact; } actions = { a b; c; } size 5; }
  action a( { }
  apply { if x { } y = ; switch (z) { 1 { } 2: { } } }
}
bit<8> f() ;
)"),
            R"(1:14 expected the name of the constant, found '='
2:19 expected the name of the field, found ';'
2:35 expected an expression, found '>'
3:26 expected a type, found ')'
4:27 expected an expression, found ';'
4:61 expected ':' after the keyset, found 'accept'
5:9 expected the name of the state, found '{'
8:24 this part of the key has no match kind
8:54 expected ';' after the action, found 'b'
8:67 expected '=' after the property 'size', found '5'
9:13 expected a type, found '{'
10:14 expected '(' after 'if', found 'x'
10:24 expected an expression, found ';'
10:41 expected ':' after the label, found '{'
12:12 the function 'f' has no body
)");
}

TEST(SyntaxErrors, StatementsThatAreNone) {
  EXPECT_EQ(in_apply("t == 5;"), "3:3 a comparison alone is no statement\n");
  EXPECT_EQ(in_apply("t.x;"), "3:4 expected '=' or '(' after 't.x', found ';'\n");
  EXPECT_EQ(in_apply("5;"), "3:1 expected a statement, found '5'\n");
  EXPECT_EQ(in_apply("else { }"), "3:1 this 'else' belongs to no 'if'\n");
  EXPECT_EQ(in_apply("table t { }"), "3:1 a declaration with 'table' may not stand among statements\n");
  EXPECT_EQ(in_apply("if (a) bit<8> x;"), "3:8 a declaration alone may not be the body of 'if'\n");
  EXPECT_EQ(in_apply("@x t = 5;"), "3:1 an annotation may not stand before this kind of statement\n");
  EXPECT_EQ(in_apply("$ = 5;"), "3:1 expected a statement, found '$', which has no meaning in P4\n");
  EXPECT_EQ(in_apply("transition accept;"), "3:1 'transition' may only be the last statement of a parser's state\n");
  EXPECT_EQ(in_apply("bit<8> f(in bit<8> x) { }"), "3:8 functions may only be declared at the top level\n");
}

TEST(SyntaxErrors, PlacesOfDeclarations) {
  EXPECT_EQ(errors("bit<8> x = 5;\nconst bool b = true;"), "1:8 variables may not be declared at the top level\n");
  EXPECT_EQ(errors("table t { }\nstate s { }"),
            "1:1 expected a declaration, found the keyword 'table'\n"
            "2:1 expected a declaration, found the keyword 'state'\n");
  EXPECT_EQ(errors("control C() { x = 5; apply { } bit<8> y; }"),
            "1:15 expected a declaration or 'apply', found a statement\n"
            "1:32 nothing may stand after the 'apply' of the control 'C'\n");
  EXPECT_EQ(errors("control C() { }"), "1:9 the control 'C' has no 'apply'\n");
  EXPECT_EQ(errors("parser P() { state start { } bit<8> x; }"),
            "1:30 the declarations of a parser must stand before its states\n");
  EXPECT_EQ(errors("parser P() { state s { transition accept; x = 5; } }"),
            "1:43 nothing may stand after the transition of a state\n");
  EXPECT_EQ(errors("parser P() { state s { switch (x) { } exit; } }"),
            "1:24 'switch' may not stand in a parser's state\n1:39 'exit' may not stand in a parser's state\n");
}

TEST(SyntaxErrors, AnOlderP4IsCalledByItsName) {
  EXPECT_EQ(
      errors("header_type h_t { fields { a : 8; } }\nheader h_t h;\nparser start { extract(h); return ingress; }"),
      "1:1 this is P4_14: 'header_type' is not of the P4 that this compiler takes, which is P4_16\n");
  EXPECT_EQ(errors("struct header_type { bit<8> a; }\nconst header_type h = { 1 };\nbit<8> field_list() { return 1; }"),
            "");
}

TEST(SyntaxErrors, Types) {
  EXPECT_EQ(errors("const bit<W> x = 5;"), "1:11 a width that is not a plain number must stand in parentheses\n");
  EXPECT_EQ(errors("struct S { void x; }"), "1:12 'void' may only be the result of a function or a type argument\n");
  EXPECT_EQ(errors("struct S { varbit x; }"), "1:19 expected '<' and the largest width after 'varbit', found 'x'\n");
  EXPECT_EQ(errors("struct S { list<bit<8>, bool> x; }"), "1:12 'list' has one type argument, and here are 2\n");
  EXPECT_EQ(errors("struct T {}\nconst bool b = T;"), "2:17 expected '.' or '(' after the type 'T', found ';'\n");
}

TEST(SyntaxErrors, EnumsAndErrors) {
  EXPECT_EQ(errors("enum E { }\nerror { }\nenum E { A = 1 }\nenum bit<8> F { A }"),
            "1:10 the enum 'E' has no members\n2:9 this error has no members\n"
            "3:10 'A' has a value, but its enum has no underlying type\n"
            "4:17 'A' needs a value, since its enum has an underlying type\n");
}

TEST(SyntaxErrors, TablesHaveEachListOnce) {
  EXPECT_EQ(
      errors("control C() { table t { key = { } actions = { } key = { } actions = { }; @x key = { } } apply { } }"),
      "1:49 the table 't' has 'key' more than once\n1:59 the table 't' has 'actions' more than once\n"
      "1:72 no ';' may stand after 'actions' of a table\n"
      "1:74 'key' may have neither 'const' nor annotations\n1:77 the table 't' has 'key' more than once\n");
}

TEST(SyntaxErrors, Literals) {
  EXPECT_EQ(errors("const bit<8> x = 8w0xg;\nconst bool b = \"a;\n"),
            "2:16 this string has no end on its line\n1:18 'g' is not a hexadecimal digit\n"
            "2:18 expected ';' after the constant, found the end of the file\n");
  EXPECT_EQ(errors("const int x = _;"), "1:15 expected an expression, found '_'\n");
}

std::string repeated(std::string_view text, uint32_t count) {
  std::string all;
  for (uint32_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

// Each of them nests deeper than anything may; none may overflow the stack, here or in the printer.
TEST(SyntaxErrors, NestingIsBounded) {
  constexpr uint32_t deep = 20'000;
  const std::string texts[] = {
      "const int x = " + repeated("(", deep) + "1;",
      "const int x = " + repeated("1+", deep) + "1;",
      "const int x = " + repeated("-", deep) + "1;",
      "const int x = " + repeated("{", deep),
      "const int x = a" + repeated(".a", deep) + ";",
      "const int x = a" + repeated("[a", deep) + ";",
      "const int x = a" + repeated("[1]", deep) + ";",
      "const int x = a" + repeated("(1)", deep) + ";",
      "const int x = " + repeated("f(", deep) + ";",
      "const int x = " + repeated("a?", deep) + ";",
      "const int x = " + repeated("a?b:", deep) + "c;",
      "const int x = " + repeated("(bit<8>)", deep) + "c;",
      "const int x = " + repeated("1||1&&1==1<1|1^1&1<<1+1*(", deep / 10) + ";",
      "const int x = " + repeated("{a=", deep) + ";",
      "const " + repeated("tuple<", deep) + " x;",
      "const " + repeated("bit<(", deep) + " x;",
      "const T" + repeated("[1]", deep) + " x = 1;",
      "struct T {} const int x = a < " + repeated("T<", deep) + ";",
      "control C() { apply " + repeated("{", deep),
      "control C() { apply { " + repeated("if (a) ", deep) + "; } }",
      "control C() { apply { " + repeated("if (a) ; else ", deep) + "; } }",
      "control C() { apply { " + repeated("for (a in b) ", deep) + "; } }",
      "control C() { apply { " + repeated("switch (a) { 1: {", deep),
      "C() c = " + repeated("{ C() c = ", deep),
      repeated("@x[a = ", deep),
      "@x" + repeated("(", deep),
      repeated("struct S { @x[", deep),
  };
  for (const std::string& text : texts) {
    const Parsed parsed(text);
    EXPECT_TRUE(parsed.diagnostics.has_errors()) << text.substr(0, 40);
    EXPECT_LT(to_text(parsed.program).size(), text.size() + 1'000'000);
  }
}

TEST(SyntaxErrors, WhatIsTooDeepIsSaid) {
  EXPECT_THAT(errors("const int x = " + repeated("1+", 2000) + "1;"), HasSubstr("nested more than 1024 deep"));
  EXPECT_THAT(errors("const int x = " + repeated("(", 2000) + "1;"), HasSubstr("nested more than 1024 deep"));
  EXPECT_EQ(errors("const int x = " + repeated("1+", 900) + "1;"), "");
  EXPECT_EQ(errors("const int x = " + repeated("(", 300) + "1" + repeated(")", 300) + ";"), "");
}

// Time that grows with the square of the text would show as a time-out.
TEST(SyntaxErrors, BadTextsTakeLinearTime) {
  constexpr uint32_t many = 20'000;
  for (const std::string_view part :
       {"(",  ")", "[",   "]",     "{",      "}",  "<",  ">",  "(]", "{)", "a<", "a<b>(",      "@",    "@x(",
        "1:", ";", "if ", "else ", "const ", "{=", "T<", "x.", "\"", "/*", "(:", "struct S {", "a(b) "}) {
    EXPECT_TRUE(Parsed(repeated(part, many)).diagnostics.has_errors() || part == ";") << part;
    EXPECT_TRUE(Parsed("control C() { apply { " + repeated(part, many)).diagnostics.has_errors()) << part;
    EXPECT_TRUE(
        Parsed("parser P() { state s { transition select(x) { " + repeated(part, many)).diagnostics.has_errors())
        << part;
  }
}

}  // namespace
}  // namespace outrigger::p4
