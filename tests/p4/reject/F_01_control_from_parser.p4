// P4-16 §F: a parser applies no control.

#include <core.p4>
control c(inout bit<8> v) { apply { v = 1; } }
parser p(packet_in b, inout bit<8> v) {
    state start {
        c.apply(v); // error
        transition accept;
    }
}
