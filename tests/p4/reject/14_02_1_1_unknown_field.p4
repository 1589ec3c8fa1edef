// P4-16 §14.2.1.1: whose names are declared.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { w : exact; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
