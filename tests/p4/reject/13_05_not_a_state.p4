// P4-16 §13.5: and is a state.

#include <core.p4>
parser p(packet_in b) {
    bit<8> v = 1;
    state start { transition v; } // error
}
