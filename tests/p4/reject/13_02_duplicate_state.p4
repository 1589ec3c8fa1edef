// P4-16 §13.2: two states have different names.

#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
    state start { transition reject; } // error
}
