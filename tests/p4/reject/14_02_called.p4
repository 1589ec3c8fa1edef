// P4-16 §14.2: a table is applied, not called.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    apply { t(); } // error
}
