// P4-16 §12.5: a table may be applied for another one's key.

#include <core.p4>
control c(inout bit<8> v) {
    table inner { key = { v : exact; } actions = { NoAction; } }
    table t {
        key = { inner.apply().hit : exact @name("hit"); }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
