// P4-16 §8.16.3: both sides of a mask have one type.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h);
        transition select(h.x) {
            8w1 &&& 4w1: accept; // error
        }
    }
}
