// P4-16 §6.6.1: a table's actions are declared before it.

#include <core.p4>
control c(inout bit<8> v) {
    table t { actions = { a; } } // error
    action a() { v = 1; }
    apply { t.apply(); }
}
