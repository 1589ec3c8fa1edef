// P4-16 §13.8.4: advance, and extract into nothing.

#include <core.p4>
header H { bit<8> x; }
parser p(packet_in b, in bit<32> n) {
    state start {
        b.advance(8);
        b.advance(n * 8);
        b.advance(sizeInBits = b.length());
        b.extract<H>(_);
        transition accept;
    }
}
