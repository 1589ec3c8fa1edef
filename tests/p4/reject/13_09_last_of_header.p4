// P4-16 §13.9: only a stack has next and last.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h.next); // error
        transition accept;
    }
}
