// P4-16 §13.11: a value set is no value.

#include <core.p4>
parser p(packet_in b, out bit<8> v) {
    value_set<bit<8>>(4) vs;
    state start {
        v = vs; // error
        transition accept;
    }
}
