// P4-16 §13.4: no action is called in a parser.

#include <core.p4>
action a() { }
parser p(packet_in b) {
    state start {
        a(); // error
        transition accept;
    }
}
