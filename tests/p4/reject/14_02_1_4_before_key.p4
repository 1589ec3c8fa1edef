// P4-16 §14.2.1.4: the key, which says what each entry has, comes before the entries.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        const entries = {
            1 : a(); // error
        }
        key = { v : exact; }
        actions = { a; }
        default_action = a;
    }
    apply { t.apply(); }
}
