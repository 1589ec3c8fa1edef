// P4-16 §18.3.2: tables of two controls do not get one absolute name.

#include <core.p4>
control c(inout bit<8> v) {
    @name(".acl") table t { key = { v : exact; } actions = { NoAction; } }
    apply { t.apply(); }
}
control d(inout bit<8> v) {
    @name(".acl") table u { key = { v : exact; } actions = { NoAction; } } // error
    apply { u.apply(); }
}
