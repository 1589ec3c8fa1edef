// Operators, casts, literals, members and l-values: what is right, and what is said where it is not.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

// A control with variables of most types.
std::string with_variables(std::string_view statements) {
  return "enum bit<8> Ser { A = 1, B = 2 } enum Plain_e { X, Y } type bit<16> New; header_union Un { Test_h u; }\n"
         "struct Other { bit<8> a; bit<16> b; }\n"
         "control C(inout bit<8> p, in bit<8> q, inout Test_s s) { bit<8> x; bit<16> y; int<8> z; bool f; bit<1> o; "
         "varbit<32> v; Test_h h; Test_h[4] st; tuple<bit<8>, bool> t; Ser e; Plain_e pe; New n; Un u; error er; "
         "Other ot; apply { " +
         std::string(statements) + " } }";
}

TEST(Expressions, S8_5_Booleans) {
  run_cases({
      {with_variables("f = f && !f || x == 1;"), ""},
      {with_variables("f = f == (x != 2);"), ""},
      {with_variables("if (x) {}"), "bool is needed"},
      {with_variables("f = !x;"), "bool is needed"},
      {with_variables("f = x && f;"), "the left side of '&&' is of type bit<8>, and bool is needed"},
      {with_variables("f = f + f;"), "number"},
      {with_variables("f = f < f;"), "number"},
  });
}

TEST(Expressions, S8_5_1_Conditional) {
  run_cases({
      {with_variables("x = f ? x : 1;"), ""},
      {with_variables("x = f ? 1 : q;"), ""},
      {with_variables("x = true ? 1 : 2;"), ""},
      {with_variables("x = f ? 1 : 2;"), "both of type int"},
      {with_variables("x = f ? x : y;"), "bit<8> and bit<16>"},
      {with_variables("x = y ? x : x;"), "the condition of '?:'"},
      {with_variables("ot = f ? {1, 2} : {3, 4};"), ""},
      {with_variables("ot = f ? ot : {3, 4};"), ""},
      {with_variables("h = f ? h : {#};"), ""},
      {with_variables("x = f ? e : 8w1;"), ""},
  });
}

TEST(Expressions, S8_6_BitStrings) {
  run_cases({
      {with_variables("x = x + 1 - q * 3; x = x & 0xF | q ^ 1; x = ~x; x = -x; x = +x; x = x |+| 1 |-| q;"), ""},
      {with_variables("f = x < 3; f = 3 >= x; f = x == q;"), ""},
      {with_variables("x = x + y;"), "the operands of '+' are of different types: bit<8> and bit<16>"},
      {with_variables("x = x + z;"), "bit<8> and int<8>"},
      {with_variables("f = x < z;"), "bit<8> and int<8>"},
      {with_variables("f = x == y;"), "bit<8> and bit<16>"},
      {with_variables("x = x / 2; x = x % q;"), ""},
      {with_variables("x = x / 0;"), "division by zero"},
      {with_variables("x = x % 0;"), "modulo by zero"},
      {with_variables("z = z / 2;"), "not defined on signed"},
      {with_variables("x = x[3:0] ++ y[3:0]; x[7:4] = 3; y[11+:4] = x[3:0]; x = y[7:0]; o = z[7:7];"), ""},
      {with_variables("x = x[8:1];"), "the high bit of a slice is 8, and must be from 0 to 7"},
      {with_variables("x = x[0:3];"), "0 is less than 3"},
      {with_variables("x[q:0] = 1;"), "must be known at compile time"},
      {with_variables("y = y[q+:16];"), ""},
      {with_variables("x = x[4+:8];"), "the low bit of a slice"},
      {with_variables("x = v[3:0];"), "varbit<32>"},
      {with_variables("x = x ++ 1;"), "needs a width"},
      {with_variables("y = x ++ z;"), ""},
      {with_variables("x = f;"), "is of type bool, and bit<8> is needed"},
  });
}

TEST(Expressions, S8_8_IntegersOfAnySize) {
  run_cases({
      {"const int A = 5 * 7 - 3 / 2 % 4; const bit<8> B = A << 1; const int C = -A;", ""},
      {"const int A = 1 << 100; const bit<128> B = A; const bool C = A > 3;", ""},
      {"const bit<4> A = 5[3:0]; const int B = 8w5[3:0] == 4w5 ? 1 : 2;", ""},
      {"const int A = 5 / 0;", "division by zero"},
      {"const int A = -5 / 2;", "negative"},
      {"const int A = ~1;", "needs a width"},
      {"const int A = 1 |+| 1;", "'|+|' needs operands with a width"},
      {"const int A = 1 << 1000000000;", "bits"},
      {"const bit<8> A = 8w1 + 16w1;", "bit<8> and bit<16>"},
      {"const int A = 8w5;", ""},
      {in_action("const int A = p;"), "int is needed"},
      {"const int A = (int) 8w5;", ""},
      {"const bit<8> A = 1 | 2;", ""},
  });
}

TEST(Expressions, S8_9_2_Shifts) {
  run_cases({
      {with_variables("x = x << 3; x = x >> q; y = y << x; z = z >> 300; x = x << e;"), ""},
      {with_variables("x = x << z;"), "the amount of a shift is not negative, and this is of type int<8>"},
      {with_variables("x = x << -1;"), "negative amount"},
      {with_variables("x = 1 << x;"), "the width of what is shifted is not known"},
      {with_variables("x = 1 << 3;"), ""},
      {with_variables("f = f << 1;"), "number"},
  });
}

TEST(Expressions, S8_12_Casts) {
  run_cases({
      {with_variables("y = (bit<16>)x; x = (bit<8>)y; z = (int<8>)x; x = (bit<8>)z; o = (bit<1>)f; f = (bool)o;"), ""},
      {with_variables("x = (bit<8>)e; e = (Ser)x; y = (bit<16>)e; e = (Ser)1; n = (New)y; y = (bit<16>)n; n = (New)3;"),
       ""},
      {with_variables("n = 3; f = n == 3; y = y << n;"), ""},
      {with_variables("x = e; x = x + e; f = e == Ser.A; f = e == 1; f = e < Ser.B;"), ""},
      {with_variables("z = (int<8>)y;"), "a value of type bit<16> cannot be cast to int<8>"},
      {with_variables("f = (bool)x;"), "cannot be cast to bool"},
      {with_variables("f = (bool)1;"), ""},
      {with_variables("f = (bool)2;"), "only 0 and 1"},
      {with_variables("e = x;"), "is of type bit<8>, and Ser is needed"},
      {with_variables("e = 1;"), "is of type int, and Ser is needed"},
      {with_variables("n = y;"), "is of type bit<16>, and New is needed"},
      {with_variables("n = n + n;"), "this is of type New"},
      {with_variables("f = n == n; f = n == (New)3;"), ""},
      {with_variables("pe = (Plain_e)x;"), "cannot be cast to Plain_e"},
      {with_variables("x = (bit<8>)x; h = (Test_h)h;"), ""},
      {with_variables("ot = (Other){1, 2}; ot = (Other){b = 1, a = 2}; h = (Test_h){#};"), ""},
      {with_variables("x = (Other){1, 2};"), "is of type Other"},
      {with_variables("ot = (Other)ot;"), "a value of type Other cannot be cast to Other"},
      {with_variables("x = y;"), "right side of the assignment is of type bit<16>, and bit<8> is needed"},
      {with_variables("o = (bit<1>)x[0:0] + 1;"), ""},
  });
}

TEST(Expressions, S8_13_TuplesAndLists) {
  run_cases({
      {with_variables("t = {1, true}; x = t[0]; f = t[1]; f = t == {1, false}; t = {...};"), ""},
      {with_variables("x = t[2];"), "the index of a tuple is 2, and must be from 0 to 1"},
      {with_variables("x = t[q];"), "must be known at compile time"},
      {with_variables("t[0] = 1;"), "cannot be written: elements of tuples can only be read"},
      {with_variables("t = {1};"), "1 element"},
      {with_variables("t = {1, 2};"), "element 1"},
      {with_variables("ot = {1, 2}; h = {1, 2}; ot = {1, ...}; h = {...};"), ""},
      {with_variables("ot = {1, 2, 3};"), "3 elements"},
      {with_variables("ot = {1};"), "1 element"},
      {with_variables("ot = {true, 2};"), "field 'a' is of type bool, and bit<8> is needed"},
      {with_variables("s = {1, true, {2, 3}};"), ""},
      {with_variables("st = {{1, 2}, {3, 4}, {5, 6}, {#}}; st = {{1, 2}, ...};"), ""},
      {with_variables("x = {1};"), "is a list"},
      {with_variables("u = {h};"), "is a list"},
  });
}

TEST(Expressions, S8_14_StructValues) {
  run_cases({
      {with_variables("ot = {a = 1, b = 2}; ot = {b = 2, ...}; x = ((Other){a = 1, b = 2}).a;"), ""},
      {with_variables("ot = {a = 1};"), "leaves out field 'b'"},
      {with_variables("ot = {a = 1, c = 2};"), "has no field 'c'"},
      {with_variables("ot = {a = 1, a = 2, b = 3};"), "field 'a' is given twice"},
      {with_variables("ot = {a = 1, b = true};"), "field 'b' is of type bool, and bit<16> is needed"},
      {with_variables("f = ot == {a = 1, b = 2}; f = ot == {1, 2}; f = ot == ot;"), ""},
      {with_variables("f = ot == h;"), "Other and Test_h"},
  });
}

TEST(Expressions, S8_17_Headers) {
  run_cases({
      {with_variables("h.setValid(); h.setInvalid(); f = h.isValid(); f = h == h; f = h == {#}; h = {#};"), ""},
      {with_variables("u.u.setValid(); f = u.isValid(); h = u.u; f = u == u; u = {#};"), ""},
      {with_variables("u.setValid();"), "has no method 'setValid'"},
      {with_variables("s.setValid();"), "has no method 'setValid'"},
      {with_variables("h.setValid(1);"), "takes no arguments"},
      {with_variables("f = h.isValid;"), "has no field 'isValid'"},
      {with_variables("x = h.c;"), "Test_h has no field 'c'"},
      {with_variables("x = {#};"), "bit<8> is needed"},
      {"control C(in Test_h h) { apply { h.setValid(); } }", "in parameter"},
      {"control C(in Test_h h) { apply { bool f = h.isValid(); } }", ""},
  });
}

TEST(Expressions, S8_18_Stacks) {
  run_cases({
      {with_variables("h = st[0]; st[1].a = 3; h = st[x]; st.push_front(1); st.pop_front(2); y = (bit<16>)st.size;"),
       ""},
      {with_variables("h = st[4];"), "numbered from 0"},
      {with_variables("h = st[-1];"), "numbered from 0"},
      {with_variables("h = st.next;"), "can only be used in a parser"},
      {with_variables("h = st.last;"), "can only be used in a parser"},
      {with_variables("st.push_front(x);"), "must be known at compile time"},
      {with_variables("st.push_front(-1);"), "must not be negative"},
      {with_variables("st.push_front();"), "takes one argument"},
      {with_variables("h = st[f];"), "an index is a number"},
      {with_variables("x = x[0];"), "only stacks and tuples"},
      {with_variables("f = st == st; st = st;"), ""},
      {"struct S { Test_h[2] st; } parser P(packet_in k, out S s) { bit<32> i; state start { k.extract(s.st.next); "
       "s.st.next.a = s.st.last.a; s.st[0].b = s.st.last.b; i = s.st.lastIndex; transition accept; } }",
       ""},
      {"const bit<32> N = Test_h.minSizeInBits(); const int M = Test_h.maxSizeInBytes();", ""},
      {"struct S { int<8> a; varbit<16> b; } const int A = S.maxSizeInBits() + S.minSizeInBits();", ""},
      {"struct S { error e; } const int A = S.minSizeInBits();", "has no size"},
  });
}

TEST(Expressions, S8_3_EnumsAndErrors) {
  run_cases({
      {with_variables("pe = Plain_e.X; f = pe == Plain_e.Y; er = error.NoError; f = er == error.NoMatch; e = Ser.A;"),
       ""},
      {with_variables("pe = Plain_e.Z;"), "has no member 'Z'"},
      {with_variables("er = error.Nothing;"), "has no member 'Nothing'"},
      {with_variables("f = pe == 1;"), "different types"},
      {with_variables("f = pe < pe;"), "number"},
      {with_variables("x = Plain_e.X;"), "Plain_e"},
  });
}

TEST(Expressions, S6_7_LValues) {
  run_cases({
      {with_variables("q = 1;"), "'q' is an in parameter"},
      {with_variables("q[3:0] = 1;"), "'q' is an in parameter"},
      {with_variables("x + 1 = 3;"), "expected"},
      {"const bit<8> K = 1; control C() { apply { K = 2; } }", "'K' is a constant"},
      {"control C(bit<8> d) { apply { d = 2; } }", "has no direction"},
      {"control C() { action a(bit<8> d) { d = 2; } apply { } }", "has no direction"},
  });
}

TEST(Expressions, S6_9_Names) {
  run_cases({
      {"const bit<8> K = 1; control C(inout bit<8> x) { bit<16> K = 3; apply { x = .K; } }", ""},
      {"control C(inout bit<8> counter) { apply { counter = conter + 1; } }", "there is no name 'conter'"},
      {"control C(inout bit<8> x) { apply { x = NoAction; } }", "bit<8> is needed"},
      {"control C(inout Missing x) { apply { } }", "there is no type 'Missing'"},
      {"control C(inout bit<8> x) { apply { x = this; } }", "'this'"},
  });
}

TEST(Expressions, S7_Types) {
  run_cases({
      {"const int W = 4; struct S { bit<(W)> a; bit<(W + 4)> b; int<8> c; bit d; varbit<9> e; }", ""},
      {"struct S { bit<(-1)> a; }", "width"},
      {"control C(bit<8> w) { bit<(w)> x; apply { } }", "known at compile time"},
      {"header_union U { Test_h a; } struct S { Test_h[3] a; U[2] b; }", ""},
      {"struct G<T> { T x; } struct S { G<bit<8>> a; }", ""},
      {"struct G<T> { T x; } struct S { G a; }", "has 1 type parameter"},
      {"struct S { Test_h<bit<8>> a; }", "has 0 type parameters"},
      {"control C(Register r) { apply { } }", "has 1 type parameter"},
  });
}

TEST(Expressions, OneFaultIsToldOnce) {
  run_cases({
      {with_variables("x = missing + 1 + y; "), "missing"},
      {with_variables("x = (missing.a[3:0] ++ x)[7:0];"), "missing"},
      {with_variables("ot = {missing, 1};"), "missing"},
  });
}

}  // namespace
}  // namespace outrigger::p4
