// P4-16 §12.5: nor exit.

#include <core.p4>
parser p(packet_in b) {
    state start {
        exit; // error
        transition accept;
    }
}
