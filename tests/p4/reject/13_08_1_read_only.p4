// P4-16 §13.8.1: what is extracted into is an l-value.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, in H h) {
    state start {
        b.extract(h); // error
        transition accept;
    }
}
