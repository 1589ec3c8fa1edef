// P4-16 §14.2.1.2: an argument has its parameter's type.

#include <core.p4>
control c(inout bit<8> v) {
    action a(in bit<8> x) { v = x; }
    table t {
        actions = { a(true); NoAction; } // error
    }
    apply { t.apply(); }
}
