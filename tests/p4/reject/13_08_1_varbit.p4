// P4-16 §13.8.1: a header with a varbit has its length told.

#include <core.p4>
header H { bit<8> x; varbit<32> v; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h); // error
        transition accept;
    }
}
