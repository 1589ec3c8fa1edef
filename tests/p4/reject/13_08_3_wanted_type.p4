// P4-16 §13.8.3: the type is told, also where only one would fit.

#include <core.p4>
parser p(packet_in b, out bit<8> first) {
    state start {
        first = b.lookahead(); // error
        transition accept;
    }
}
