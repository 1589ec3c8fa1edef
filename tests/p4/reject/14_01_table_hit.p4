// P4-16 §14.1: nor does it ask whether one hits.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    action b() { if (t.apply().hit) { v = 1; } } // error
    apply { b(); }
}
