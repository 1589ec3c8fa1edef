// P4-16 §14.2.1.4: an empty list of entries, with a key and without one.

#include <core.p4>
control c(inout bit<8> v) {
    table t { key = { v : exact; } actions = { NoAction; } const entries = { } }
    table u { actions = { NoAction; } entries = { } }
    apply { t.apply(); u.apply(); }
}
