// P4-16 §14.2.1.2: no table is applied in an argument.

#include <core.p4>
control c(inout bit<8> v) {
    action n() { }
    action a(in bit<8> x) { v = x; }
    table other { key = { v : exact; } actions = { n; } }
    table t {
        actions = { a(other.apply().hit ? 8w5 : 8w3); n; } // error
        default_action = n;
    }
    apply { t.apply(); }
}
