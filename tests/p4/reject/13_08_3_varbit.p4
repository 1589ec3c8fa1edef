// P4-16 §13.8.3: what is looked at ahead has a fixed size.

#include <core.p4>
header H { bit<8> x; varbit<32> v; }
parser p(packet_in b) {
    state start {
        H h = b.lookahead<H>(); // error
        transition accept;
    }
}
