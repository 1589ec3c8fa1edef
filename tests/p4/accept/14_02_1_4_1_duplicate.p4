// P4-16 §14.2.1.4.1: two entries of exact keys differ.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            1 : a();
            1 : a(); // error
        }
    }
    apply { t.apply(); }
}
