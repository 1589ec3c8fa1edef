// P4-16 §F: a parser is no constructor parameter of a control.

#include <core.p4>
parser P(packet_in b);
control c()(P p) { // error
    apply { }
}
