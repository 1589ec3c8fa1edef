// P4-16 §8.20: last is no l-value.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, out H[4] hs) {
    state start {
        b.extract(hs.next);
        hs.last = { 1 }; // error
        transition accept;
    }
}
