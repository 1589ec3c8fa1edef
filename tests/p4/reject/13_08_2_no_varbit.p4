// P4-16 §13.8.2: a header that is extracted with a length has a varbit.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h, 8); // error
        transition accept;
    }
}
