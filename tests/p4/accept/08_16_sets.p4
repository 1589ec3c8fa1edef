// P4-16 §8.16: single values, everything, masks, ranges and products of sets.

#include <core.p4>
enum bit<8> E { a = 1, b = 2 }
header H { bit<8> x; bit<16> y; E e; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h);
        transition select(h.x, h.y) {
            (4, 0x800): one;
            (8w0x0A &&& 8w0x0F, _): two;
            (5 .. 8, 16w1 .. 16w9): accept;
            (3, default): accept;
            (9 .. 8, 2): accept;
            _: one;
        }
    }
    state one {
        transition select(h.e) { E.a: accept; E.b: two; E.a .. E.b: accept; default: reject; }
    }
    state two {
        transition select(h.x + 1, h.y[0:0]) { (h.x, 0 &&& 1): accept; default: reject; }
    }
}
