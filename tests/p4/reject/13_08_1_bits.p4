// P4-16 §13.8.1: a header is extracted, not bits.

#include <core.p4>
parser p(packet_in b, out bit<8> v) {
    state start {
        b.extract(v); // error
        transition accept;
    }
}
