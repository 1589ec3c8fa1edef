// P4-16 §14.2.1.1: a match kind is declared.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : nearly; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
