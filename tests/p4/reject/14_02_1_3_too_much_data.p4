// P4-16 §14.2.1.3: and no more.

#include <core.p4>
control c(inout bit<8> v) {
    action b(bit<8> data) { v = data; }
    table t {
        actions = { b; }
        default_action = b(1, 2); // error
    }
    apply { t.apply(); }
}
