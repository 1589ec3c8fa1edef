// P4-16 §14.2: and the actions.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        actions = { a; }
        actions = { a; } // error
    }
    apply { t.apply(); }
}
