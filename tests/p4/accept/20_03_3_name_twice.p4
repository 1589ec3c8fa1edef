// P4-16 §20.3.3: an element has at most one @name.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { v = 1; }
    @name("x") @name("y") table t { actions = { a; } } // error
    apply { t.apply(); }
}
