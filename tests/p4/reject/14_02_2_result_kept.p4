// P4-16 §14.2.2: its type has no name to be kept with.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    apply { v = t.apply(); } // error
}
