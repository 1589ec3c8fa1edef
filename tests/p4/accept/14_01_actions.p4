// P4-16 §14.1: parameters with and without direction, statements, other actions; at the top level too.

#include <core.p4>
action top(inout bit<8> x, bit<8> data) { x = data; }
action none() { }
control c(inout bit<8> v, in bool b) {
    action a(in bit<8> i, out bit<8> o, inout bit<8> io, bit<8> d1, bit<4> d2) {
        o = i;
        io = io + d1;
        if (b) { io = 4w0 ++ d2; }
    }
    action calls() {
        bit<8> t;
        top(v, 1);
        a(v, t, v, t, 3);
        none();
        return;
    }
    table tab { actions = { calls; top(v); a(1, v, v); none(); } default_action = top(v, 5); }
    apply { calls(); tab.apply(); }
}
