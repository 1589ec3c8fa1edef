// P4-16 §13.4: what a state may hold.

#include <core.p4>
header H { bit<8> x; }
extern void f(in bit<8> x);
bit<8> g(in bit<8> x) { return x; }
parser p(packet_in b, out H h, inout bit<8> v) {
    state start {
        bit<8> local = 3;
        const bit<8> k = 4;
        b.extract(h);
        ;
        v = h.x + local + k;
        if (v == 1) { v = 2; } else { v = g(v); }
        { bit<8> inner = v; f(inner); }
        verify(v != 3, error.NoMatch);
        transition accept;
    }
    @atomic state unused { transition reject; }
}
