// P4-16 §13.8.2: the length has 32 bits.

#include <core.p4>
header H { varbit<8> x; }
parser p(packet_in b, out H h, in bit<8> n) {
    state start {
        b.extract(h, n); // error
        transition accept;
    }
}
