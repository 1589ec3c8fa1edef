// P4-16 §14.2.1.4.1: if one entry has a priority, the first one has.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : ternary; }
        actions = { a; }
        entries = {
            1 &&& 1 : a(); // error
            priority=10: 2 &&& 2 : a();
        }
    }
    apply { t.apply(); }
}
