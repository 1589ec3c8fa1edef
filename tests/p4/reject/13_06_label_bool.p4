// P4-16 §13.6: also if it is Boolean.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    state start {
        transition select(v) {
            true: accept; // error
        }
    }
}
