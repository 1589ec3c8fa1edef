// P4-16 §14.2: a table has actions.

#include <core.p4>
control c(inout bit<8> v) {
    table t { key = { v : exact; } } // error
    apply { t.apply(); }
}
