// P4-16 §14.2.1.4: an entry has a set for each key.

#include <core.p4>
control c(inout bit<8> v, in bit<8> w) {
    action a() { }
    table t {
        key = { v : exact; w : exact; }
        actions = { a; }
        const entries = {
            1 : a(); // error
        }
    }
    apply { t.apply(); }
}
