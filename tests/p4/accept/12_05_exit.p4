// P4-16 §12.5: from actions and controls.

#include <core.p4>
control inner(inout bit<8> v) { apply { if (v == 1) { exit; } v = 2; } }
control c(inout bit<8> v) {
    inner() i;
    action a() { exit; }
    table t { actions = { a; } default_action = a(); }
    apply {
        i.apply(v);
        if (t.apply().hit) { v = 3; }
        exit;
    }
}
