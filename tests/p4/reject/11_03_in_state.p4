// P4-16 §11.3: nor in a parser's state.

#include <core.p4>
extern E { E(); void m(); }
parser p(packet_in b) {
    state start {
        E() e; // error
        e.m();
        transition accept;
    }
}
