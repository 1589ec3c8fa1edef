// P4-16 §15.1: what has nothing for the control plane may be applied directly twice.

#include <core.p4>
control inner(inout bit<8> v) {
    action a() { v = v + 1; }
    apply { a(); }
}
control tables(inout bit<8> v) {
    table t { key = { v : exact; } actions = { NoAction; } }
    apply { t.apply(); inner.apply(v); }
}
control c(inout bit<8> v) {
    tables() one;
    tables() two;
    apply {
        inner.apply(v);
        inner.apply(v);
        one.apply(v);
        two.apply(v);
        tables.apply(v);
    }
}
