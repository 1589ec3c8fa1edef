// P4-16 §13.1: start, accept and reject.

#include <core.p4>
parser p(packet_in b) {
    state start { transition select(b.lookahead<bit<8>>()) { 0: accept; 1: reject; default: other; } }
    state other { transition accept; }
}
