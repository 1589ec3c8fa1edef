// P4-16 §6.10: what two controls declare does not meet, though it has the same name.

#include <core.p4>
control a(inout bit<8> v) {
    action act() { v = 1; }
    table t { actions = { act; } }
    apply { t.apply(); }
}
control b(inout bit<8> v) {
    action act() { v = 2; }
    table t { actions = { act; } }
    apply { t.apply(); }
}
