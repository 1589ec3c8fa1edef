// P4-16 §14.2.1.3: the default action is in the list.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b() { }
    table t {
        actions = { a; }
        default_action = b; // error
    }
    apply { t.apply(); }
}
