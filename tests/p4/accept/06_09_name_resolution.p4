// P4-16 §6.9: names are looked up from the inside out; a leading dot begins at the top.

#include <core.p4>
const bit<32> x = 2;
action a() {}
control c(inout bit<32> v) {
    int<32> x = 0;
    action a() { v = .x; }
    table t { actions = { a; } default_action = a(); }
    apply {
        x = x + (int<32>).x;
        v = (bit<32>) x;
        {
            bool x = true;
            if (x) { v = .x; }
        }
        .a();
        a();
        t.apply();
    }
}
