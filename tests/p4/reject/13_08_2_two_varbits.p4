// P4-16 §13.8.2: and only one.

#include <core.p4>
header H { varbit<8> x; varbit<8> y; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h, 8); // error
        transition accept;
    }
}
