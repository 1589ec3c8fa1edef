// P4-16 §13.8.3: bits, headers, structures and tuples of fixed size.

#include <core.p4>
header H { bit<8> x; bit<8> y; }
struct S { bit<4> a; int<4> b; bool c; bit<7> d; H h; }
parser p(packet_in b, out H h) {
    state start {
        bit<16> v = b.lookahead<bit<16>>();
        H ahead = b.lookahead<H>();
        S s = b.lookahead<S>();
        h.y = b.lookahead<H>().y;
        int<8> i = b.lookahead<int<8>>();
        transition select(b.lookahead<bit<8>>()[3:0], v) { (1, 2): accept; default: reject; }
    }
}
