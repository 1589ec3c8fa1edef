// P4-16 §14.2.1.4: an action for the default only is in no entry.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b() { }
    table t {
        key = { v : exact; }
        actions = { a; @defaultonly b; }
        const entries = {
            1 : b(); // error
        }
    }
    apply { t.apply(); }
}
