// Calls: arguments, directions, overloads, and what may be called where.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

constexpr std::string_view functions = R"(
extern void ext(in bit<8> a, out bit<8> b);
extern void opt(in bit<8> a, @optional in bit<8> b);
extern bit<8> over(in bit<8> a);
extern bit<8> over(in bit<8> a, in bit<8> b);
extern void fixed(bit<8> a);
bit<8> twice(in bit<8> x) { return x + x; }
void defaults(in bit<8> a, in bit<8> b = 5) { }
)";

std::string in_function(std::string_view statements) {
  return std::string(functions) +
         "control C(inout bit<8> x, in bit<8> q, inout bit<16> y) { bit<8> l; "
         "action act(inout bit<8> i, bit<8> d) { i = d; } apply { " +
         std::string(statements) + " } }";
}

TEST(Calls, S8_20_Arguments) {
  run_cases({
      {in_function("ext(1, x); ext(a = 1, b = x); ext(b = x, a = q); x = twice(3); x = twice(x = q);"), ""},
      {in_function("ext(1);"), "extern function 'ext' needs an argument for parameter 'b'"},
      {in_function("ext(1, x, 2);"), "takes 2 arguments, and 3 are given"},
      {in_function("ext(1, b = x);"), "name"},
      {in_function("ext(a = 1, c = x);"), "has no parameter 'c'"},
      {in_function("ext(a = 1, a = 2, b = x);"), "'a' is given twice"},
      {in_function("ext(true, x);"), "argument 'a' is of type bool, and bit<8> is needed"},
      {in_function("ext(1, 2);"), "argument 'b', which is out, cannot be written"},
      {in_function("ext(1, q);"), "'q' is an in parameter"},
      {in_function("ext(1, y);"), "is of type bit<16>, and must be of type bit<8>"},
      {in_function("ext(1, y[7:0]); ext(1, _); ext(a = 1, b = _);"), ""},
      {in_function("ext(_, x);"), "'_' is given for parameter 'a'"},
      {in_function("opt(1); opt(1, 2); defaults(1); defaults(1, 2); defaults(a = 3);"), ""},
      {in_function("defaults(b = 3);"), "needs an argument for parameter 'a'"},
      {in_function("fixed(3);"), ""},
      {in_function("fixed(q);"), "must be known at compile time"},
      {in_function("missing(3);"), "there is no function or action 'missing'"},
      {in_function("x(3);"), "cannot be called"},
      {in_function("bit<8> v = ext(1, x);"), "gives no value"},
      {in_function("twice(3);"), ""},
      {in_function("x = twice(missing);"), "missing"},
  });
}

TEST(Calls, S6_9_Overloads) {
  run_cases({
      {in_function("x = over(1); x = over(1, 2); x = over(b = 1, a = 2);"), ""},
      {in_function("x = over();"), "there are 2 'over', and none takes these 0 arguments"},
      {in_function("x = over(c = 1);"), "none takes these 1 arguments"},
      {"bit<8> f(in bit<8> a) { return a; } bit<8> f(in bit<8> a) { return a; } void g() { f(1); }", "2 of the"},
  });
}

TEST(Calls, S14_1_Actions) {
  run_cases({
      {in_function("act(x, 3); act(x, q); act(i = x, d = q);"), ""},
      {in_function("act(3, 3);"), "argument 'i', which is inout, cannot be written"},
      {in_function("act(x);"), "needs an argument for parameter 'd'"},
  });
}

TEST(Calls, RestrictionsByPlace) {
  const std::string base =
      "parser Q(packet_in p) { state start { transition accept; } }\n"
      "control D() { apply { } }\n"
      "action top() { }\n" +
      std::string(functions);
  const auto apply = [&](std::string_view locals, std::string_view statements) {
    return base + "control C(packet_in p, inout bit<8> x) { " + std::string(locals) +
           " table t { actions = { NoAction; } } apply { " + std::string(statements) + " } }";
  };
  run_cases({
      {apply("D() d;", "d.apply(); t.apply(); top(); x = twice(x); if (t.apply().hit) { x = 1; }"), ""},
      {apply("", "D.apply();"), ""},
      {apply("", "Q.apply(p);"), "cannot be applied in the apply block of a control"},
      {apply("action a() { t.apply(); }", ""), "there is no name 't'"},
      {apply("D() d; action a() { d.apply(); }", ""), "cannot be applied in an action"},
      {apply("", "verify(true, error.NoError);"), "'verify' cannot be called in the apply block of a control"},
      {apply("", "t.apply(1);"), "takes no arguments"},
      {apply("", "t.hit();"), "has no method 'hit'"},
      {apply("", "t();"), "cannot be called"},
      {apply("", "x = t.apply();"), "bit<8> is needed"},
      {apply("", "bool b = t.apply().hot;"), "has no field 'hot'"},
      {base + "parser P(packet_in p) { Q() q; state start { q.apply(p); transition accept; } }", ""},
      {base + "parser P(packet_in p) { state start { Q.apply(p); transition accept; } }", ""},
      {base + "parser P(packet_in p) { state start { D.apply(); transition accept; } }",
       "cannot be applied in a parser"},
      {base + "parser P(packet_in p) { state start { top(); transition accept; } }", "cannot be called in a parser"},
      {base + "parser P(packet_in p) { bit<8> b = twice(3); state start { verify(b == 1, error.NoMatch); transition "
              "accept; } }",
       ""},
      {base + "const bit<8> K = twice(3);", "cannot be called at the top level"},
      {base + "void f() { top(); }", "cannot be called in a function"},
  });
}

TEST(Calls, S11_3_1_ExternObjects) {
  const std::string statements_of =
      "control C(packet_in p, inout bit<8> x) { Register<bit<8>>(4) r; Plain() pl; apply { ";
  run_cases({
      {statements_of + "x = r.read(1); r.write(3, x); r.write(index = 1, value = 2); x = pl.get(); } }", ""},
      {statements_of + "x = r.red(1); } }", "has no method 'red'"},
      {statements_of + "x = r.read(true); } }", "argument 'index' is of type bool"},
      {statements_of + "bit<16> y = r.read(1); } }", "is of type bit<8>, and bit<16> is needed"},
      {statements_of + "x = r.read; } }", "has no field 'read'"},
      {statements_of + "x = r.apply(); } }", "has no method 'apply'"},
  });
}

TEST(Calls, CorePackets) {
  const std::string headers = "header V { bit<8> a; varbit<64> v; } struct H { Test_h h; Test_h[2] st; V v; }\n";
  const auto parser = [&](std::string_view statements) {
    return headers + "parser P(packet_in k, out H s, out Test_s o) { state start { " + std::string(statements) +
           " transition accept; } }";
  };
  run_cases({
      {parser("k.extract(s.h); k.extract(s.st.next); k.extract<Test_h>(_); bit<8> b = k.lookahead<bit<8>>();"), ""},
      {parser("k.extract(o);"), "extract needs a header"},
      {parser("k.extract(s.st);"), "extract needs a header"},
      {parser("k.extract(s.v);"), "varbit"},
      {parser("k.extract(_);"), "type argument 'T' of method 'extract' cannot be inferred"},
      {parser("V l = k.lookahead<V>();"), "lookahead needs a type with a fixed size"},
      {parser("bit<8> b = k.lookahead();"), "cannot be inferred"},
      {parser("k.lookahead();"), "cannot be inferred"},
      {headers + "control D(packet_out o, in H s) { apply { o.emit(s); o.emit(s.h); o.emit(s.st); } }", ""},
      {headers + "control D(packet_out o, in H s) { apply { o.emit(s.h.a); } }", "emit needs a header"},
  });
}

TEST(Calls, StaticAssert) {
  const std::string declared =
      "extern bool static_assert(bool check, string message); extern bool static_assert(bool check);\n";
  run_cases({
      {declared + "const bool A = static_assert(1 < 2, \"no\"); const bool B = static_assert(true);", ""},
      {declared + "const bool A = static_assert(1 > 2, \"one is \" ++ \"less\");", "static_assert failed: one is less"},
      {declared + "const bool A = static_assert(false);", "static_assert failed"},
  });
}

}  // namespace
}  // namespace outrigger::p4
