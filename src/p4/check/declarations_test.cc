// Types, enums, constants, variables, annotations: what is accepted and what is not.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

TEST(Declarations, S7_2_FieldsOfHeaders) {
  run_cases({
      {"header H { bit<8> a; int<4> b; bool c; varbit<32> d; }", ""},
      {"struct S { bit<8> a; } header H { S s; bit<8> b; }", ""},
      {"enum bit<8> E { x = 1 } header H { E e; }", ""},
      {"type bit<9> Port; header H { Port p; bit<7> q; }", ""},
      {"header H<T> { T a; } H<bit<8>>[2] unused_not_allowed_here;", "variables may not be declared at the top level"},
      {"enum E { x } header H { E e; }", "a header cannot have a field of type 'E'"},
      {"header H { int a; }", "a header cannot have a field of type 'int'"},
      {"header H { error a; }", "field of type 'error'"},
      {"header H { Test_h a; }", "field of type 'Test_h'"},
      {"header H { tuple<bit<8>> a; }", "field of type 'tuple<bit<8>>'"},
      {"struct S { varbit<8> v; } header H { S s; }", "field of type 'S'"},
      {"struct S { error v; } header H { S s; }", "field of type 'S'"},
      {"header H { varbit<8> a; varbit<8> b; }", "only one varbit"},
      {"header H { bit<8> a; bit<8> a; }", "'a' is declared twice"},
  });
}

TEST(Declarations, S7_2_FieldsOfStructsAndUnions) {
  run_cases({
      {"struct S { bit<8> a; error e; Test_h h; Test_h[3] hs; tuple<bit<8>, bool> t; varbit<8> v; }", ""},
      {"struct S {}", ""},
      {"struct S<T> { T a; } struct U { S<bit<8>> s; }", ""},
      {"struct S { int a; }", "a struct cannot have a field of type 'int'"},
      {"struct S { string a; }", "field of type 'string'"},
      {"struct S { match_kind a; }", "field of type 'match_kind'"},
      {"struct S { packet_in a; }", "field of type 'packet_in'"},
      {"struct S { list<bit<8>> a; }", "field of type 'list<bit<8>>'"},
      {"struct S { bit<8> a; bool a; }", "'a' is declared twice"},
      {"header_union U { Test_h a; Test_h b; }", ""},
      {"header_union U { bit<8> a; }", "a header union cannot have a field of type 'bit<8>'"},
      {"struct S { S a; }", "S"},
  });
}

TEST(Declarations, S7_2_1_Enums) {
  run_cases({
      {"enum E { a, b }", ""},
      {"enum bit<8> E { a = 1, b = 1, c = 255 }", ""},
      {"const bit<8> k = 3; enum bit<8> E { a = k + 1 }", ""},
      {"enum bit<8> E { a = 300 }", "the value 300 does not fit into 'bit<8>'"},
      {"enum int<8> E { a = -128, b = 127 }", ""},
      {"enum bit<8> E { a = -1 }", "the value -1 does not fit"},
      {"enum E { a, a }", "has 'a' twice"},
      {"enum bit<8> E { a }", "'a' needs a value"},
      {"enum E { a = 1 }", "'a' has a value"},
      {"enum bool E { a = true }", "cannot be represented by the type 'bool'"},
      {"enum int E { a = 1 }", "cannot be represented by the type 'int'"},
      {"enum bit<8> E { a = true }", "the value of 'a' is of type bool"},
      {"enum bit<8> E { a = 16w1 }", "the value of 'a'"},
  });
}

TEST(Declarations, S7_1_ErrorsAndMatchKinds) {
  run_cases({
      {"error { A, B } error { C }", ""},
      {"error { A } error { A }", "error 'A' is declared twice"},
      {"error { NoError }", "error 'NoError' is declared twice"},
      {"match_kind { range }", ""},
      {"match_kind { exact }", "match kind 'exact' is declared twice"},
  });
}

TEST(Declarations, S7_5_Typedefs) {
  run_cases({
      {"typedef bit<8> byte; typedef byte octet; struct S { octet o; }", ""},
      {"typedef Test_h[4] stack;", ""},
      {"typedef tuple<bit<8>, bool> pair;", ""},
      {"typedef void nothing;", "'void' may only be the result of a function"},
      {"typedef match_kind m;", "no typedef of 'match_kind'"},
      {"type bit<9> Port; type Port Other;", ""},
      {"type bool Flag;", ""},
      {"type Test_h H;", "cannot make a new type from 'Test_h'"},
      {"type int I;", "cannot make a new type from 'int'"},
      {"type error E;", "cannot make a new type from 'error'"},
  });
}

TEST(Declarations, S11_1_Constants) {
  run_cases({
      {"const bit<8> a = 3; const bit<8> b = a + 4;", ""},
      {"const int a = 1 << 100;", ""},
      {"const Test_h h = { 1, 2 };", ""},
      {"const bool b = true && false;", ""},
      {"const bit<8> a = true;", "the value of constant 'a'"},
      {"const Plain p = 1;", "a constant cannot have the type 'Plain'"},
      {"const bit<8> a = 1; const bit<8> a = 2;", "'a' is declared twice"},
      {"control C(in bit<8> x) { const bit<8> y = x; apply {} }", "not known at compile time"},
      {"control C()(bit<8> x) { const bit<8> y = x + 1; apply {} }", ""},
  });
}

TEST(Declarations, S11_2_Variables) {
  run_cases({
      {in_apply("bit<8> a; bit<8> b = 3; Test_h h; Test_h[2] hs; tuple<bit<8>, bool> t = { 1, true }; error e;"), ""},
      {in_apply("int a = 3;"), "variable 'a' cannot have the type 'int'"},
      {in_apply("string a;"), "cannot have the type 'string'"},
      {in_apply("packet_in a;"), "cannot have the type 'packet_in'"},
      {in_apply("bit<8> a = true;"), "the initial value of 'a'"},
      {in_apply("bit<8> a; bool a;"), "'a' is declared twice"},
      {in_apply("bit<8> p = p;"), "'p' is declared twice: it is a parameter"},
      {in_apply("{ bit<8> p = p; }"), ""},
      {"bit<8> a;", "variables may not be declared at the top level"},
  });
  EXPECT_NE(warnings_with_core(in_apply("{ bit<8> p = 1; }")).find("warning [shadow]"), std::string::npos);
}

TEST(Declarations, S20_Annotations) {
  run_cases({
      {"@name(\"x\") @other(1 2 three) const bit<8> a = 1;", ""},
      {"@my[1, \"two\", true] const bit<8> a = 1;", ""},
      {"@my[k=1, l=\"two\"] const bit<8> a = 1;", ""},
      {"@my[] @other[] const bit<8> a = 1;", ""},
      {"@my(1) @my(2) const bit<8> a = 1;", ""},
      {"@my[1] @my[2] const bit<8> a = 1;", "two structured annotations @my"},
      {"@my(1) @my[2] const bit<8> a = 1;", "@my is both structured"},
      {"@my[k=1, k=2] const bit<8> a = 1;", "has the key 'k' twice"},
      {"@my[{1, 2}] const bit<8> a = 1;", "an annotation cannot have a value of type"},
      {"@name(5) const bit<8> a = 1;", "@name takes one string"},
      {"@hidden(5) const bit<8> a = 1;", "@hidden takes nothing"},
      {"@deprecated const bit<8> a = 1;", "@deprecated takes one string"},
  });
  EXPECT_NE(warnings_with_core("@deprecated(\"use Q\") extern D { D(); } D() d;").find("'D' is deprecated: use Q"),
            std::string::npos);
  EXPECT_EQ(warnings_with_core("@deprecated(\"use Q\") extern D { D(); } @noWarn(\"deprecated\") D() d;").find("use Q"),
            std::string::npos);
}

TEST(Declarations, TypesThatGrowWithoutEnd) {
  std::string doubling = "struct S0 { bit<8> a; }";
  for (int i = 1; i < 40; ++i) {
    const std::string inner = "S" + std::to_string(i - 1);
    doubling += "struct S" + std::to_string(i) + " { " + inner + " a; " + inner + " b; }";
  }
  EXPECT_NE(errors_of(doubling).find("fields and elements in all"), std::string::npos);
  std::string chain = "struct S0 { bit<8> a; }";
  for (int i = 1; i < 2000; ++i) {
    chain += "struct S" + std::to_string(i) + " { S" + std::to_string(i - 1) + " a; }";
  }
  EXPECT_NE(errors_of(chain).find("nested more than"), std::string::npos);
}

}  // namespace
}  // namespace outrigger::p4
