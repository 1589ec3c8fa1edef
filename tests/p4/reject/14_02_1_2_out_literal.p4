// P4-16 §14.2.1.2: and is an l-value for an `out` one.

#include <core.p4>
control c(inout bit<8> v) {
    action a(out bit<8> x) { x = v; }
    table t {
        actions = { a(5); NoAction; } // error
    }
    apply { t.apply(); }
}
