// P4-16 §13.8.1: nor a structure.

#include <core.p4>
header H { bit<8> x; }
struct S { H h; }
parser p(packet_in b, out S s) {
    state start {
        b.extract(s); // error
        transition accept;
    }
}
