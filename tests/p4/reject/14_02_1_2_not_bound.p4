// P4-16 §14.2.1.2: parameters with a direction are bound in the list.

#include <core.p4>
control c(inout bit<8> v) {
    action a(in bit<8> x) { v = x; }
    table t {
        actions = { a; } // error
    }
    apply { t.apply(); }
}
