// P4-16 §20.3.2: an action for the table only is not the default.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b() { v = 1; }
    table t {
        key = { v : exact; }
        actions = { a; @tableonly b; }
        default_action = b(); // error
    }
    apply { t.apply(); }
}
