// P4-16 §12.7.1: a label is one of the table's actions.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    action b() { }
    table t { actions = { a; } default_action = a; }
    apply {
        switch (t.apply().action_run) {
            a: { v = 1; }
            b: { v = 2; } // error
        }
    }
}
