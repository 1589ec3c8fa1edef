// P4-16 §13.6: cases may overlap; the first one counts.

#include <core.p4>
parser p(packet_in pkt, in bit<8> v) {
    state start { transition select(v) { 1: accept; 1 &&& 1: start; 0 .. 9: reject; _: accept; _: reject; 3: start; } }
}
