// P4-16 §14: a parser is not made in a control.

#include <core.p4>
parser p(packet_in b) { state start { transition accept; } }
control c() {
    p() inst; // error
    apply { }
}
