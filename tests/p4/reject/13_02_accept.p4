// P4-16 §13.2: accept is not declared.

#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
    state accept { } // error
}
