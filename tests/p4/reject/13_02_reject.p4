// P4-16 §13.2: nor is reject.

#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
    state reject { } // error
}
