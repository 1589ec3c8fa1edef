// P4-16 §14.2.1.4.1: a priority is known.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : ternary; }
        actions = { a; }
        entries = {
            priority=(v): 1 &&& 1 : a(); // error
        }
    }
    apply { t.apply(); }
}
