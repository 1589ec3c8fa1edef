// P4-16 §13.6: nor is a string.

#include <core.p4>
parser p(packet_in b) {
    state start {
        transition select("text") { default: accept; } // error
    }
}
