// P4-16 §13.8, beyond the text: a control extracts.

#include <core.p4>
header H { bit<8> x; }
control c(packet_in b, inout H h) {
    apply { b.extract(h); }
}
