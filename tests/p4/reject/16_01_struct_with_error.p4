// P4-16 §16.1: nor a structure with an error.

#include <core.p4>
header H { bit<8> x; }
struct S { H h; error e; }
control c(packet_out b, in S s) {
    apply { b.emit(s); } // error
}
