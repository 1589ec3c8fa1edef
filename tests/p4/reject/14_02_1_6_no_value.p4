// P4-16 §14.2.1.6: a property has a value.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : exact; }
        actions = { a; }
        custom = ; // error
    }
    apply { t.apply(); }
}
