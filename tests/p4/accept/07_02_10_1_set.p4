// P4-16 §7.2.10.1: sets are written, not named.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h);
        transition select(h.x) { 8w5 .. 8w8: accept; 8w0 &&& 8w0xf0: accept; 17: accept; _: reject; }
    }
}
