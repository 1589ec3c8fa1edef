// P4-16 §13.2: nor is an action declared.

#include <core.p4>
parser p(packet_in b) {
    action a() { } // error
    state start { transition accept; }
}
