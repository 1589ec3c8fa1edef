// P4-16 §13.6: a value set has the type of what is selected.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    value_set<bit<16>>(4) pvs;
    state start {
        transition select(v) {
            pvs: accept; // error
        }
    }
}
