// P4-16 §13.6: a header is not selected.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, in H h) {
    state start {
        transition select(h) { default: accept; } // error
    }
}
