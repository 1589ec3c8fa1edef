// P4-16 §13.6: a case's state is declared.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    state start {
        transition select(v) {
            1: nowhere; // error
            default: accept;
        }
    }
}
