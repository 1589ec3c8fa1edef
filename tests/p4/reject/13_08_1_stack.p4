// P4-16 §13.8.1: nor a whole stack.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H[2] hs) {
    state start {
        b.extract(hs); // error
        transition accept;
    }
}
