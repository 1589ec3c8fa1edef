// P4-16 §13.6: nor is a varbit.

#include <core.p4>
header H { varbit<8> v; }
parser p(packet_in b, in H h) {
    state start {
        transition select(h.v) { default: accept; } // error
    }
}
