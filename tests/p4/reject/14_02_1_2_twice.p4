// P4-16 §14.2.1.2: also if it is the same one.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { v = 1; }
    table t {
        actions = {
            a;
            a; // error
        }
    }
    apply { t.apply(); }
}
