// P4-16 §20.3.3, beyond the text: two @name; the first one counts.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { v = 1; }
    @name("x") @name("y") table t { actions = { a; } }
    apply { t.apply(); }
}
