// P4-16 §13.10: a parser does not call itself.

#include <core.p4>
parser p(packet_in b) {
    p() again; // error
    state start { transition accept; }
}
