// P4-16 §13.10: a sub-parser's arguments have its parameters' types.

#include <core.p4>
header H { bit<8> x; }
parser sub(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser p(packet_in b, out bit<8> v) {
    sub() s;
    state start {
        s.apply(b, v); // error
        transition accept;
    }
}
