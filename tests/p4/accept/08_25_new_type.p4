// P4-16 §8.25: values of new types are assigned, compared and cast.

#include <core.p4>
type bit<9> Port;
header H { bit<16> x; Port p; bit<7> rest; }
control c(inout H h, inout Port p) {
    action set(Port q) { p = q; }
    table t { key = { p : exact; h.p : ternary; } actions = { set; } }
    apply {
        Port q = (Port) 3;
        if (p == h.p || p != q) { h.p = p; }
        p = (Port) ((bit<9>) q + 1);
        t.apply();
    }
}
