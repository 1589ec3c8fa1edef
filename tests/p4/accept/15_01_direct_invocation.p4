// P4-16 §15.1: a control or parser without constructor parameters is applied as if it were an instance.

#include <core.p4>
header H { bit<8> x; }
parser sub(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser p(packet_in b, out H h) { state start { sub.apply(b, h); transition accept; } }
control inner(inout bit<8> v) { apply { v = v + 1; } }
control c(inout bit<8> v) {
    apply {
        inner.apply(v);
        if (v == 1) { inner.apply(v); }
    }
}
