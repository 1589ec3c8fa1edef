// P4-16 §14.2.1.1: keys are any expressions; complex ones have names.

#include <core.p4>
header H { bit<8> x; bit<32> y; bool b; bit<7> z; }
enum E { p, q }
enum bit<4> F { r = 1 }
struct S { H h; H[2] hs; E e; F f; error r; int<8> i; }
bit<8> f(in bit<8> x) { return x; }
control c(inout S s, in bit<1> n) {
    action a() { }
    table t {
        key = {
            s.h.x : exact;
            s.h.y : lpm @name("y");
            s.h.y[7:0] : ternary;
            s.h.b : exact;
            s.h.isValid() : exact;
            s.hs[1].x : ternary;
            s.hs[n].x : exact @name("element");
            s.h.x + 1 : exact @name("sum");
            s.h.x & 0x0f : exact @name("masked");
            f(s.h.x) : exact @name("call");
            s.e : exact;
            s.f : ternary;
            s.r : exact;
            s.i : exact;
            8w5 : exact @name("constant");
            s.h.x == 1 : exact @name("comparison");
            s.h.x ++ s.h.x : ternary @name("joined");
        }
        actions = { a; }
    }
    apply { t.apply(); }
}
