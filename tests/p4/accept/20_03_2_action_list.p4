// P4-16 §20.3.2: @tableonly and @defaultonly.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b(bit<8> x) { v = x; }
    action d() { }
    table t {
        key = { v : exact; }
        actions = { a; @tableonly b; @defaultonly d; }
        default_action = d();
        entries = { 1 : a(); 2 : b(3); }
    }
    apply { t.apply(); }
}
