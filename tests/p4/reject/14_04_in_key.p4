// P4-16 §14.4: nor is one applied in a key.

#include <core.p4>
control inner() { apply { } }
control c(inout bit<8> v) {
    inner() i;
    action a() { }
    table t {
        key = { i.apply() : exact; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
