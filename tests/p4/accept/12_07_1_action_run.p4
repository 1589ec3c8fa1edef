// P4-16 §12.7.1: by the action that was run.

#include <core.p4>
control c(inout bit<8> v) {
    action a1() { v = 1; }
    action a2() { v = 2; }
    action a3(bit<8> x) { v = x; }
    table t {
        key = { v : exact; }
        actions = { a1; a2; a3; NoAction; }
        default_action = NoAction;
    }
    apply {
        switch (t.apply().action_run) {
            a1:
            a2: { v = 3; }
            a3: { v = 4; }
            default: { v = 5; }
        }
        switch (t.apply().action_run) { NoAction: { v = 6; } }
        switch (t.apply().action_run) { }
    }
}
