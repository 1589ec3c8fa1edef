// P4-16 §13.7: verify's condition is Boolean.

#include <core.p4>
parser p(packet_in b, in bit<8> v) {
    state start {
        verify(v, error.NoMatch); // error
        transition accept;
    }
}
