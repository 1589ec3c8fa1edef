// P4-16 §15.1: what has tables is not applied directly twice: two tables would have one name.

#include <core.p4>
control inner(inout bit<8> v) {
    table t { key = { v : exact; } actions = { NoAction; } }
    apply { t.apply(); }
}
control middle(inout bit<8> v) { apply { inner.apply(v); } }
control c(inout bit<8> v) {
    apply {
        middle.apply(v);
        if (v == 3) {
            middle.apply(v); // error
        }
    }
}
