// P4-16 §14.2.1.2: an action list has actions.

#include <core.p4>
bit<8> f() { return 1; }
control c(inout bit<8> v) {
    table t {
        actions = { f; } // error
    }
    apply { t.apply(); }
}
