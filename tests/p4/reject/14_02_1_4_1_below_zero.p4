// P4-16 §14.2.1.4.1: nor does it become negative by counting down.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : ternary; }
        actions = { a; }
        priority_delta = 10;
        entries = {
            priority=5: 1 &&& 1 : a();
            2 &&& 2 : a(); // error
        }
    }
    apply { t.apply(); }
}
