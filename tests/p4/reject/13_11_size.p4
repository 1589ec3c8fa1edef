// P4-16 §13.11: a value set's size is known.

#include <core.p4>
parser p(packet_in b, in bit<8> n) {
    value_set<bit<8>>(n) vs; // error
    state start { transition select(n) { vs: accept; default: reject; } }
}
