// P4-16 §20: on declarations of every kind.

#include <core.p4>
@a const bit<8> k = 1;
@a @b(1) struct S { @c bit<8> x; @d("text") bit<8> y; }
@a header H { @b bit<8> x; }
@a header_union U { @b H h; }
@a enum E { x, y }
@a enum bit<8> F { x = 1 }
@a typedef bit<8> T;
@a type bit<8> N;
@a extern X { @b X(@c bit<8> n); @d void m(@e in bit<8> x); }
@a extern void f(@b in bit<8> x);
@a X(1) x;
@a bit<8> fn(@b in bit<8> v) { @c bit<8> w = v; return w; }
@a parser p(@b packet_in b)(@c bit<8> n) { @d bit<8> v = n; @e state start { @f { v = 1; } transition accept; } }
@a control c(@b inout bit<8> v) {
    @c action a(@d bit<8> z) { v = z; }
    @e table t { key = { v : exact @f @g(1); } actions = { @h a; } @i default_action = a(1); }
    apply { @j { t.apply(); } }
}
@a control C(@b inout bit<8> v);
@a package P(@b C c);
@a P(c()) main;
