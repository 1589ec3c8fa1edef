// P4-16 §15.1: the name is the control's, whatever its type arguments are: two tables would have it.

#include <core.p4>
control inner<T>(inout T v) {
    table t { key = { v : exact; } actions = { NoAction; } }
    apply { t.apply(); }
}
control c(inout bit<8> v, inout bit<16> w) {
    apply {
        inner<bit<8>>.apply(v);
        inner<bit<16>>.apply(w); // error
    }
}
