// P4-16 §14.2.1.2: and have different names.

#include <core.p4>
action a() { }
control c(inout bit<8> v) {
    action a() { v = 1; }
    table t {
        actions = {
            a;
            .a; // error
        }
    }
    apply { t.apply(); }
}
