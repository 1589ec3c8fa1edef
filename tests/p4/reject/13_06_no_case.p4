// P4-16 §13.6: select has an argument.

#include <core.p4>
parser p(packet_in b) {
    state start {
        transition select() { default: accept; } // error
    }
}
