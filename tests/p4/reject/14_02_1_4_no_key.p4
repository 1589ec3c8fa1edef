// P4-16 §14.2.1.4: without a key, there are no entries.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        actions = { a; }
        default_action = a;
        const entries = { _ : a(); } // error
    }
    apply { t.apply(); }
}
