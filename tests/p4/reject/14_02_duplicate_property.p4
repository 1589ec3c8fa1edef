// P4-16 §14.2: a property is there once.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        size = 5;
        size = 6; // error
    }
    apply { t.apply(); }
}
