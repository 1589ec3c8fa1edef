// P4-16 §13.2: a control is not made in a parser.

#include <core.p4>
control c(inout bit<8> v) { apply { v = 1; } }
parser p(packet_in b) {
    c() inst; // error
    state start { transition accept; }
}
