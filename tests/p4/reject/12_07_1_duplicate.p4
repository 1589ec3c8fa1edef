// P4-16 §12.7.1: an action is a label once.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } default_action = a; }
    apply {
        switch (t.apply().action_run) {
            a: { v = 1; }
            a: { v = 2; } // error
        }
    }
}
