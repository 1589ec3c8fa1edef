// P4-16 §13.8.3: and a type that is told.

#include <core.p4>
parser p(packet_in b) {
    state start {
        b.lookahead(); // error
        transition accept;
    }
}
