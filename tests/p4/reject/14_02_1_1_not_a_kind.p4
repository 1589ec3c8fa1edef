// P4-16 §14.2.1.1: and is a match kind.

#include <core.p4>
const bit<8> kind = 1;
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : kind; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
