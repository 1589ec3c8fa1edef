// P4-16 §14.2.2: a result has hit, miss and action_run.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    apply { if (t.apply().found) { v = 1; } } // error
}
