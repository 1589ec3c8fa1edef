// P4-16 §13.6: a label has the type of what is selected.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    state start {
        transition select(v) {
            16w1: accept; // error
        }
    }
}
