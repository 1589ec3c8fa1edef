// P4-16 §8.16.3: a mask has numbers.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h);
        transition select(h.x == 1) {
            true &&& true: accept; // error
        }
    }
}
