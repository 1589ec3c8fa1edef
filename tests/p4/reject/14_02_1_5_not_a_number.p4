// P4-16 §14.2.1.5: and a number.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        size = true; // error
    }
    apply { t.apply(); }
}
