// P4-16 §F: nor a control a parser.

#include <core.p4>
parser p(packet_in b) { state start { transition accept; } }
control c(packet_in b) {
    apply { p.apply(b); } // error
}
