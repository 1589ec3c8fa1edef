// P4-16 §14.2.1.3, beyond the text: the default action before the list of actions.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        default_action = a;
        actions = { a; }
    }
    apply { t.apply(); }
}
