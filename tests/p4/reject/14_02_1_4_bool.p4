// P4-16 §14.2.1.4: a Boolean is no number here either.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            true : a(); // error
        }
    }
    apply { t.apply(); }
}
