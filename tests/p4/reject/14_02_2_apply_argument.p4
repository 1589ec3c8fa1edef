// P4-16 §14.2.2: without arguments.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    apply { t.apply(v); } // error
}
