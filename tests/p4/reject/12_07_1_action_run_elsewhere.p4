// P4-16 §12.7.1: action_run is a switch's only.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b() { }
    table t { actions = { a; b; } default_action = a; }
    apply { if (t.apply().action_run == t.apply().action_run) { v = 1; } } // error
}
