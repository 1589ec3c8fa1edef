// P4-16 §14.2.1.3: arguments for directions are those of the list.

#include <core.p4>
control c(inout bit<8> v, inout bit<8> z) {
    action a(in bit<8> x) { v = x; }
    table t {
        actions = { a(5); }
        default_action = a(z); // error
    }
    apply { t.apply(); }
}
