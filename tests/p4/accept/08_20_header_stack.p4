// P4-16 §8.20: indices, size, next, last, lastIndex, push and pop, copies and comparison.

#include <core.p4>
header H { bit<8> x; }
struct S { H[4] a; H[4] b; }
parser p(packet_in pkt, out S s, out bit<32> n) {
    state start {
        pkt.extract(s.a.next);
        n = s.a.lastIndex;
        transition select(s.a.last.x) { 0: start; 1: more; default: accept; }
    }
    state more {
        s.b.next.x = 1;
        pkt.extract(s.b[0]);
        n = s.a.size + n;
        transition accept;
    }
}
control c(inout S s, in bit<8> i, inout bool b) {
    apply {
        s.a[i].x = s.a[1].x;
        s.a.push_front(1);
        s.a.pop_front(2);
        s.a = s.b;
        b = s.a == s.b || s.a != s.b;
        if (s.a.size == 4 && s.a[0].isValid()) { s.a[3].setInvalid(); }
        bit<(s.a.size)> bits = 0;
    }
}
