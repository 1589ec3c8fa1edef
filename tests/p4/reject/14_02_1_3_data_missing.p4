// P4-16 §14.2.1.3: all its data are given.

#include <core.p4>
control c(inout bit<8> v) {
    action b(inout bit<8> x, bit<8> data) { x = data; }
    table t {
        actions = { b(v); }
        default_action = b(v); // error
    }
    apply { t.apply(); }
}
