// P4-16 §13.8.4: advance takes 32 bits.

#include <core.p4>
parser p(packet_in b, in bit<8> n) {
    state start {
        b.advance(n); // error
        transition accept;
    }
}
