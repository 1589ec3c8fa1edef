// P4-16 §14.2.2: hit, miss and action_run of a table that is applied.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { v = 1; }
    action b() { v = 2; }
    table t { key = { v : exact; } actions = { a; b; } default_action = b; }
    table u { key = { v : exact; } actions = { a; b; } default_action = b; }
    apply {
        t.apply();
        if (t.apply().hit) { v = 3; } else { v = 4; }
        if (!t.apply().hit) { v = 5; }
        if (t.apply().miss && u.apply().hit) { v = 6; }
        bool h = t.apply().hit;
        v = u.apply().miss ? 8w1 : v;
        switch (t.apply().action_run) { a: { u.apply(); } b: { } }
    }
}
