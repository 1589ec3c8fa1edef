// P4-16 §14.2.1.4, beyond the text: two entries with the same exact keys; the first one counts.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        const entries = {
            1 : a();
            1 : a();
        }
    }
    apply { t.apply(); }
}
