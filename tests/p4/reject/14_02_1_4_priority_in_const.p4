// P4-16 §14.2.1.4: const entries have no priorities.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : ternary; }
        actions = { a; }
        const entries = {
            priority=10: 1 &&& 1 : a(); // error
        }
    }
    apply { t.apply(); }
}
