// P4-16 §13.7: and its error is one.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    state start {
        verify(v == 1, 5); // error
        transition accept;
    }
}
