// P4-16 §8.16.4: both ends of a range have one type.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h);
        transition select(h.x) {
            8w1 .. 9w5: accept; // error
        }
    }
}
