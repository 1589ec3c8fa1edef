// P4-16 §13.6: one value is no pair.

#include <core.p4>
parser p(packet_in b, in bit<8> v, in bit<8> w) {
    state start {
        transition select(v, w) {
            1: accept; // error
        }
    }
}
