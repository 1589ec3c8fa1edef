// P4-16 §14.2: also the key.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        key = { v : ternary; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
