// P4-16 §13.5: to a state, by an expression, or without being written.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    state start { transition later; }
    state later { transition select(v) { 1: later; 2: implicit; default: accept; } }
    state implicit { }
}
