// P4-16 §13.10: parsers call parsers, several times and at several depths.

#include <core.p4>
header H { bit<8> x; }
parser leaf(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser middle(packet_in b, out H h, inout bit<8> n)(bit<8> k) {
    leaf() l;
    state start { l.apply(b, h); n = n + k; transition select(h.x) { 0: start; default: accept; } }
}
parser p(packet_in b, out H[2] hs, inout bit<8> n) {
    middle(1) m;
    leaf() l;
    state start {
        m.apply(b, hs[0], n);
        l.apply(b, hs[1]);
        leaf.apply(b, hs.next);
        m.apply(b, hs[0], n);
        transition accept;
    }
}
