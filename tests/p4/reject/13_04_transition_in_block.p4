// P4-16 §13.4: and not within another.

#include <core.p4>
parser p(packet_in b, in bool v) {
    state start {
        if (v) { transition reject; } // error
        transition accept;
    }
}
