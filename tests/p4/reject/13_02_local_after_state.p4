// P4-16 §13.2: local elements precede the states.

#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
    bit<8> late; // error
}
