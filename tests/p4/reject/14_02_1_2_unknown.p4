// P4-16 §14.2.1.2: which are declared.

#include <core.p4>
control c(inout bit<8> v) {
    table t {
        actions = { nothing; } // error
    }
    apply { t.apply(); }
}
