// P4-16 §14.2.2: and is no Boolean.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    apply { if (t.apply()) { v = 1; } } // error
}
