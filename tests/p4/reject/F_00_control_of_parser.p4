// P4-16 §F: nor a control one of a parser.

#include <core.p4>
control C(inout bit<8> v);
parser p(packet_in b)(C c) { // error
    state start { transition accept; }
}
