// P4-16 §14.2.1.5: a table's size is known.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        size = v; // error
    }
    apply { t.apply(); }
}
