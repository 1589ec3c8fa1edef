// P4-16 §14.2.1.4: of the key's type.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            16w1 : a(); // error
        }
    }
    apply { t.apply(); }
}
