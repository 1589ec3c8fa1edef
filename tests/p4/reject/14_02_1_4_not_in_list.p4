// P4-16 §14.2.1.4: an entry's action is in the list.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            1 : b(); // error
        }
    }
    apply { t.apply(); }
}
