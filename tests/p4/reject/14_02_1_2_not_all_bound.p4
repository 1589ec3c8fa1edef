// P4-16 §14.2.1.2: all of them.

#include <core.p4>
control c(inout bit<8> v) {
    action b(inout bit<8> x, in bit<8> y, bit<8> data) { x = data + y; }
    table t {
        actions = { b(v); } // error
    }
    apply { t.apply(); }
}
