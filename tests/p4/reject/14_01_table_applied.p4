// P4-16 §14.1: an action applies no table.

#include <core.p4>
control c() {
    action a() { }
    table t { actions = { a; } }
    action b() { t.apply(); } // error
    apply { b(); }
}
