// P4-16 §13.2: states and variables have different names.

#include <core.p4>
parser p(packet_in b) {
    bit<4> t;
    state start { t = 1; transition t; }
    state t { transition accept; } // error
}
