// P4-16 §14.2.1.1: a key has a match kind.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
