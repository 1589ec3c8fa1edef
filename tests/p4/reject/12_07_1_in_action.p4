// P4-16 §12.7.1: an action does not switch on what one ran.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    action b() {
        switch (t.apply().action_run) { a: { v = 1; } } // error
    }
    apply { b(); }
}
