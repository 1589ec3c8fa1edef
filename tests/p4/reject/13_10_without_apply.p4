// P4-16 §13.10: an instance is applied, not called.

#include <core.p4>
parser sub(packet_in b) { state start { transition accept; } }
parser p(packet_in b) {
    sub() s;
    state start {
        s(b); // error
        transition accept;
    }
}
