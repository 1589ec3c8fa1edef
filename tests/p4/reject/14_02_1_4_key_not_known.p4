// P4-16 §14.2.1.4: so is the set.

#include <core.p4>
control c(inout bit<8> v, in bit<8> w) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            w : a(); // error
        }
    }
    apply { t.apply(); }
}
