// P4-16 §18.4.1: @atomic on blocks, states, parsers and controls.

#include <core.p4>
extern R { R(); bit<8> read(); void write(in bit<8> x); }
R() r;
@atomic parser p(packet_in b) { @atomic state start { transition accept; } }
@atomic control c(inout bit<8> v) {
    action a() { @atomic { r.write(r.read() + 1); } }
    apply { @atomic { v = r.read(); a(); } }
}
