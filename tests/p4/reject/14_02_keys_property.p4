// P4-16 §14.2: the key is called key.

#include <core.p4>
control c(inout bit<8> v) {
    table t {
        keys = { v : exact; } // error
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
