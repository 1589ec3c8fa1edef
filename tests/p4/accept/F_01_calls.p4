// P4-16 §F: what may be called from where.

#include <core.p4>
extern bit<8> e(in bit<8> x);
extern E { E(); bit<8> m(in bit<8> x); }
E() inst;
bit<8> f(in bit<8> x) { return e(x) + inst.m(x); }
bit<8> g(in bit<8> x) { return f(x) + 1; }
parser p(packet_in b, inout bit<8> v) {
    bit<8> first = e(1) + f(2);
    state start { v = e(v) + f(v) + inst.m(first); transition accept; }
}
control c(inout bit<8> v) {
    bit<8> first = e(1) + f(2);
    action a() { v = e(v) + g(v) + inst.m(v); }
    action b() { a(); }
    table t { key = { f(v) : exact @name("f"); } actions = { a; b; } }
    apply { a(); b(); t.apply(); v = e(v) + f(first) + inst.m(v); }
}
