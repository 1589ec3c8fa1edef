// P4-16 §12.7.1: and declared.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } default_action = a; }
    apply {
        switch (t.apply().action_run) {
            nothing: { v = 1; } // error
        }
    }
}
