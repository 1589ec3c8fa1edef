// P4-16 §14.2: a table does not apply itself for its key.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { t.apply().hit : exact; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
