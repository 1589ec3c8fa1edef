// P4-16 §14.2.1.3: the default action is an action.

#include <core.p4>
control c(inout bit<8> v) {
    action b() { v = 1; }
    table t {
        actions = { b; }
        default_action = 5; // error
    }
    apply { t.apply(); }
}
