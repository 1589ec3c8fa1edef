// P4-16 §13.5: it is named, not called.

#include <core.p4>
parser p(packet_in b) {
    state start { transition accept(); } // error
}
