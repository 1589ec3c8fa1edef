// P4-16 §6.7: a table is no l-value.

#include <core.p4>
control c(inout bit<8> v) {
    action a() {}
    table t { actions = { a; } }
    apply { t = v; } // error
}
