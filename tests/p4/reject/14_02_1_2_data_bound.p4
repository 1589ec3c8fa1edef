// P4-16 §14.2.1.2: those without are not.

#include <core.p4>
control c(inout bit<8> v) {
    action b(inout bit<8> x, bit<8> data) { x = data; }
    table t {
        actions = { b(v, 3); NoAction; } // error
    }
    apply { t.apply(); }
}
