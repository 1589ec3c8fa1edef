// P4-16 §14.2.1.4: with all its data.

#include <core.p4>
control c(inout bit<8> v) {
    action a(bit<8> x) { v = x; }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            1 : a(); // error
        }
    }
    apply { t.apply(); }
}
