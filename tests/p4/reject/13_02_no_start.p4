// P4-16 §13.2: a parser has a state `start`.

#include <core.p4>
parser p(packet_in b) { // error
    state begin { transition accept; }
}
