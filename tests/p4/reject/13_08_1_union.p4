// P4-16 §13.8.1: nor a union, of which nobody knows the member.

#include <core.p4>
header H { bit<8> x; }
header_union U { H h; }
parser p(packet_in b, out U u) {
    state start {
        b.extract(u); // error
        transition accept;
    }
}
