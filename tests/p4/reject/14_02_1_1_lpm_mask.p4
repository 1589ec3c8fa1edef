// P4-16 §14.2.1.1: an lpm mask is ones, then zeros.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : lpm; }
        actions = { a; }
        const entries = {
            0x50 &&& 0xf1 : a(); // error
        }
    }
    apply { t.apply(); }
}
