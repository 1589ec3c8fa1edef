// P4-16 §14.2.1.4.1: priority_delta is positive.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : ternary; }
        actions = { a; }
        priority_delta = 0; // error
        entries = { 1 &&& 1 : a(); }
    }
    apply { t.apply(); }
}
