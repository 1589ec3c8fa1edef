// P4-16 §12.4: a parser does not return.

#include <core.p4>
parser p(packet_in b) {
    state start {
        return; // error
        transition accept;
    }
}
