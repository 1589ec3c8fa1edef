// Functions, actions, externs, parameters, instances.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

TEST(Callables, S10_Functions) {
  run_cases({
      {"bit<8> f(in bit<8> x) { return x + 1; }", ""},
      {"void f(inout bit<8> x) { x = 1; return; }", ""},
      {"bit<8> f(in bit<8> x) { if (x == 1) { return 1; } else { return 2; } }", ""},
      {"bit<8> f(in bit<8> x) { switch (x) { 1: { return 1; } default: { return 2; } } }", ""},
      {"T f<T>(in T x) { return x; }", ""},
      {"bit<8> f(in bit<8> x) { if (x == 1) { return 1; } }", "can end without returning a value"},
      {"bit<8> f(in bit<8> x) { switch (x) { 1: { return 1; } } }", "can end without returning a value"},
      {"bit<8> f(in bit<8> x) { return; }", "this returns nothing"},
      {"void f() { return 1; }", "this function returns void"},
      {"bit<8> f() { return true; }", "the returned value"},
      {"bit<8> f(in bit<8> x) { return f(x); }", "'f'"},
      {"void f() { exit; }", "a function has no 'exit'"},
      {"void f() { Plain() p; }", "extern 'Plain' cannot be instantiated here"},
      {"bit<8> f(in bit<8> x) { return x; } bit<8> f(in bit<8> x, in bit<8> y) { return y; }", ""},
      {"bit<8> f(in bit<8> x) { return x; } bit<8> f(in bit<8> x) { return x; }", ""},
      {"extern void f(in bit<8> x); extern void f(in bit<8> x); void g() { f(1); }", ""},
  });
}

TEST(Callables, S6_8_Parameters) {
  run_cases({
      {"extern void f(in bit<8> x = 3, bool b = true);", ""},
      {"extern void f(@optional in bit<8> x);", ""},
      {"extern void f(string s, int i);", ""},
      {"void f(in bit<8> x, in bit<8> x) {}", "'x' is declared twice"},
      {"extern void f(out bit<8> x = 3);", "has the direction 'out' and a default value"},
      {"extern void f(in bit<8> x = true);", "the default value of 'x'"},
      {"extern void f(@optional in bit<8> x = 3);", "is @optional and has a default value"},
      {"void f(@optional in bit<8> x) {}", "cannot have @optional parameters"},
      {"extern void f(in packet_in p);", "has the direction 'in'"},
      {"extern void f(inout int x);", "has the direction 'inout'"},
      {"extern void f(in string x);", "has the direction 'in'"},
      {"control C(void x) { apply {} }", "'void' may only be the result of a function"},
      {"parser P(packet_in p); control C()(P p) { apply {} }", "cannot have a parameter of type 'P'"},
      {"control Q(); control C(Q q) { apply {} }", "cannot have a parameter of type 'Q'"},
      {"control Q(); control C()(Q q) { apply { q.apply(); } }", ""},
      {"control C()(in bit<8> x) { apply {} }", "has the direction 'in'"},
      {"package K(in bit<8> x);", "has the direction 'in'"},
      {"package L(); package K(L l);", ""},
      {"package L(); control C()(L l) { apply {} }", "cannot have a parameter of type 'L'"},
      {"control Q(in bit<8> x);", ""},
  });
}

TEST(Callables, S14_1_Actions) {
  run_cases({
      {"action a(inout bit<8> x, bit<8> y) { x = y; }", ""},
      {"action a(bit<8> y, inout bit<8> x) { x = y; }", "comes after one without"},
      {"action a(packet_in p) {}", "an action cannot have a parameter of type 'packet_in'"},
      {"action a(int x) {}", "an action cannot have a parameter of type 'int'"},
      {"action a() { return; }", ""},
      {"action a() { exit; }", ""},
      {"action a() { return 1; }", "only functions return values"},
      {"action a(in bit<8> x) { switch (x) { 1: {} } }", ""},
      {"action a() {} action a() {}", "'a' is declared twice"},
  });
}

TEST(Callables, S7_2_10_Externs) {
  run_cases({
      {"extern E { E(); E(bit<8> x); void f(); void f(in bit<8> x); bit<8> g<T>(in T x); }", ""},
      {"extern E { E(); abstract bit<8> f(in bit<8> x); }", ""},
      {"extern E { void f(in bit<8> x); void f(in bit<8> y); }", ""},
      {"extern E { void f(in bit<8> x); void f(in bit<16> x); }", "declared twice with the same parameters"},
      {"extern E { abstract void f(); void f(in bit<8> x); }", "is overloaded"},
      {"extern E { E(in bit<8> x); }", "has the direction 'in'"},
      {"extern E { packet_in f(); }", "cannot be returned"},
      {"extern E {} extern E {}", "'E' is declared twice"},
  });
}

TEST(Callables, S11_3_Instances) {
  run_cases({
      {"Plain() p; Register<bit<8>>(16) r;", ""},
      {"Register(16) r;", "T"},
      {"packet_in() p;", "extern 'packet_in' has no constructor"},
      {"control C() { apply {} } C() c;", "control 'C' cannot be instantiated here"},
      {"control C() { apply {} } control D() { C() c; apply { c.apply(); } }", ""},
      {"control C() { apply {} } control D() { apply { C() c; } }", "control 'C' cannot be instantiated here"},
      {"control C() { apply {} } control Q(); package K(Q q); K(C()) main;", ""},
      {"control Q(); control D() { Q() q; apply {} }", "is only a type of controls"},
      {"control C() { apply {} } parser P() { C() c; state start { transition accept; } }",
       "control 'C' cannot be instantiated here"},
      {"parser P() { state start { transition accept; } } control C() { P() p; apply {} }",
       "parser 'P' cannot be instantiated here"},
      {"package K(); control C() { K() k; apply {} }", "package 'K' cannot be instantiated here"},
      {"control C(in bit<8> x) { Register<bit<8>>((bit<32>)x) r; apply {} }", "not known at compile time"},
      {"control C()(bit<32> n) { Register<bit<8>>(n) r; apply {} }", ""},
      {"Plain() main;", "'main' is an instance of 'Plain'"},
      {"control C() { C() c; apply {} }", "'C'"},
  });
}

TEST(Callables, S11_3_1_AbstractMethods) {
  const std::string balancer = "extern B { B(); bit<8> count(); abstract bit<8> pick(in bit<8> x); } ";
  const auto with = [&](const std::string& rest) { return balancer + rest; };
  const std::string good = with("B() b = { bit<8> pick(in bit<8> x) { return x + this.count(); } };");
  const std::string missing = with("B() b;");
  const std::string empty = with("B() b = { };");
  const std::string other = with("B() b = { bit<8> pick(in bit<8> x) { return x; } void other() {} };");
  const std::string direction = with("B() b = { bit<8> pick(inout bit<8> x) { return x; } };");
  const std::string type = with("B() b = { bit<8> pick(in bit<9> x) { return 1; } };");
  const std::string result = with("B() b = { bit<9> pick(in bit<8> x) { return 1; } };");
  const std::string count = with("B() b = { bit<8> pick() { return 1; } };");
  const std::string state = with("B() b = { Register<bit<8>>(4) r; bit<8> pick(in bit<8> x) { return r.read(1); } };");
  run_cases({
      {good, ""},
      {state, ""},
      {missing, "does not give the abstract method 'pick'"},
      {other, "has no abstract method 'other'"},
      {direction, "has another direction"},
      {type, "parameter 'x' has the type 'bit<9>'"},
      {result, "method 'pick' returns 'bit<9>'"},
      {count, "has 0 parameters, in its extern it has 1"},
  });
}

}  // namespace
}  // namespace outrigger::p4
