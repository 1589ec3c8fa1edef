// P4-16 §13.8.3: and is no argument.

#include <core.p4>
parser p(packet_in b, out bit<8> v) {
    state start {
        b.lookahead<bit<8>>(v); // error
        transition accept;
    }
}
