// P4-16 §14.2.1.3: which stands before it.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        default_action = a; // error
        actions = { a; }
    }
    apply { t.apply(); }
}
