// P4-16 §18.3.1.3: an expression from which no name is made needs @name.

#include <core.p4>
control c(inout bit<8> v) {
    table t {
        key = {
            v + 1 : exact; // error
        }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
