// P4-16 §13.4: a transition is the last statement.

#include <core.p4>
parser p(packet_in b, inout bit<8> v) {
    state start {
        transition accept;
        v = 1; // error
    }
}
